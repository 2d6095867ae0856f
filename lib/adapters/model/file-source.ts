import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { ByteSource } from "../../audio/byte-source.ts";

/** Bytes that are read ahead: decoders ask for a few at a time, mostly in order. */
const WINDOW = 262_144;

export type FileSource = ByteSource & { close(): void };

/**
 * Opens a file on disk. Reads block the thread, so only embedding threads and the command line use
 * it. At most the last window is kept in memory.
 *
 * Throws the file system's errors.
 */
export function openFile(path: string): FileSource {
  const file = openSync(path, "r");
  const { size } = fstatSync(file);
  let window = new Uint8Array(0);
  let start = 0;
  return {
    size,
    read(at, length) {
      const end = Math.min(at + length, size);
      if (at >= end) return window.subarray(0, 0);
      if (at < start || end > start + window.length) {
        window = readAt(file, at, Math.min(Math.max(length, WINDOW), size - at));
        start = at;
      }
      return window.subarray(at - start, end - start);
    },
    close: () => closeSync(file),
  };
}

/** Returns fewer bytes if the file was cut in the meantime. */
function readAt(file: number, at: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let filled = 0; filled < length; ) {
    const count = readSync(file, bytes, filled, length - filled, at + filled);
    if (count === 0) return bytes.subarray(0, filled);
    filled += count;
  }
  return bytes;
}
