import type { SpeakerId, SpeakerUid } from "../../id.ts";
import type { Speaker } from "../../ports/speaker.ts";
import { packIntegers, unpackIntegers } from "../../score/scoring/pack.ts";
import { packStats, unpackStats } from "./items-speaker.ts";
import { byteReader, byteWriter } from "./packing.ts";

/** What a gallery needs of a speaker. */
export type Voice = Pick<Speaker, "speakerId" | "stats" | "sum" | "uid">;

/**
 * Voices one after the other: uid, id, statistics (empty: none), each behind its length in one byte; the packed sum behind its
 * length in two. About 800 bytes each with 192 dimensions. Sums are exact, so a gallery made of a snapshot scores to the last
 * bit as one that was read from the table.
 */
export function packVoices(voices: Iterable<Voice>): Uint8Array {
  const writer = byteWriter();
  for (const { uid, speakerId, stats, sum } of voices) {
    writer.text(uid);
    writer.text(speakerId);
    const [packedStats, packedSum] = [stats ? packStats(stats) : new Uint8Array(0), packIntegers(sum)];
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
    const [low, high] = reader.raw(2);
    const sum = unpackIntegers(reader.raw(low + 256 * high));
    yield { uid, speakerId, stats: stats.length > 0 ? unpackStats(stats) : undefined, sum };
  }
}
