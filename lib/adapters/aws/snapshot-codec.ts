import type { SpeakerId, SpeakerUid } from "../../id.ts";
import type { Speaker } from "../../ports/speaker.ts";
import { packIntegers, unpackIntegers } from "../../score/scoring/pack.ts";
import { packStats, unpackStats } from "./items-speaker.ts";
import { byteReader, byteWriter } from "./packing.ts";

/** The parts of a speaker that a gallery needs. */
export type Voice = Pick<Speaker, "speakerId" | "stats" | "sum" | "uid">;

/**
 * Packs voices one after the other: uid, ID and statistics (empty: none), each after its length in
 * one byte, then the packed sum after its length in two bytes. A voice with 192 dimensions takes
 * about 800 bytes. Sums are exact, so a gallery from a snapshot has the same scores, to the last
 * bit, as one that was read from the table.
 */
export function packVoices(voices: Iterable<Voice>): Uint8Array {
  const writer = byteWriter();
  for (const { uid, speakerId, stats, sum } of voices) {
    writer.text(uid);
    writer.text(speakerId);
    const packedStats = stats ? packStats(stats) : new Uint8Array(0);
    const packedSum = packIntegers(sum);
    if (packedStats.length > 0xff || packedSum.length > 0xffff) throw new RangeError(`${uid} is too large`);
    writer.byte(packedStats.length);
    writer.raw(packedStats);
    writer.raw(Uint8Array.of(packedSum.length & 0xff, packedSum.length >> 8));
    writer.raw(packedSum);
  }
  return writer.done();
}

export function* unpackVoices(bytes: Uint8Array): Generator<Voice> {
  const reader = byteReader(bytes);
  while (!reader.ended) {
    const uid = reader.text() as SpeakerUid;
    const speakerId = reader.text() as SpeakerId;
    const stats = reader.raw(reader.byte());
    const low = reader.byte();
    const high = reader.byte();
    const sum = unpackIntegers(reader.raw(low + 256 * high));
    yield { uid, speakerId, stats: stats.length > 0 ? unpackStats(stats) : undefined, sum };
  }
}
