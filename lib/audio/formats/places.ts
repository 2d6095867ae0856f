import type { ByteSource } from "../byte-source.ts";

/** Where a packet is in a file. */
export type Place = { start: number; length: number };

/** Returns the packets, which are read from the file each time that they are iterated. */
export const packetsAt = (file: ByteSource, places: readonly Place[]): Iterable<Uint8Array> => ({
  *[Symbol.iterator]() {
    for (const { start, length } of places) yield file.read(start, length);
  },
});
