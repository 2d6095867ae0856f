import type { ByteSource } from "../byte-source.ts";
import { truncated, undecodable } from "../limits.ts";
import { viewOf } from "./bytes.ts";
import type { CafLayout } from "./caf-format.ts";
import type { Place } from "./places.ts";

export type PacketTable = {
  places: Place[];
  /** Frames before the sound, and after it. */
  priming: number;
  remainder: number;
};

/**
 * Reads where the packets are: numbers of 7 bits a byte, for packets of one length each.
 * checkCount: throws if a file with so many packets is too long.
 */
export function readPackets(
  file: ByteSource,
  caf: CafLayout,
  checkCount: (count: number) => void,
): PacketTable {
  const { packets, data, packetBytes, packetFrames } = caf;
  if (!packets || packetFrames === 0)
    throw undecodable("The CAF file doesn't list its packets. Send an intact file.");
  const head = file.read(packets.start, 24);
  if (head.length < 24) throw truncated("The CAF file ends inside its packet table. Send the whole file.");
  const view = viewOf(head);
  const count = view.getUint32(0) * 2 ** 32 + view.getUint32(4);
  checkCount(count);
  const table = file.read(packets.start + 24, Math.min(packets.end - packets.start - 24, count * 5));
  const places: PacketTable["places"] = [];
  let start = data.start;
  let at = 0;
  for (let i = 0; i < count; i++) {
    let length = packetBytes;
    if (packetBytes === 0) {
      length = 0;
      do length = length * 128 + (table[at] & 127);
      while (table[at++] > 127 && length < data.end);
    }
    if (at > table.length || start + length > data.end)
      throw undecodable("The CAF file lists packets that it doesn't have. Send an intact file.");
    places.push({ start, length });
    start += length;
  }
  return { places, priming: view.getInt32(16), remainder: view.getInt32(20) };
}
