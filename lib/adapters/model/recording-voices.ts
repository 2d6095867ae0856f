import { createHash } from "node:crypto";
import { personFrames, type Talk } from "../../diarize/person-frames.ts";
import { aloneIn, type Segment, segmentsOf } from "../../diarize/segments.ts";
import type { ClipEmbedding, DiarizedRecording, FoundVoice, WhoIsWho } from "../../ports/model.ts";
import { embedSamples, type LoadedNetworks } from "./embed-clip.ts";
import { floats, type LongSamples, RATE_HZ } from "./long-samples.ts";

/** Speech of a voice that it is identified by. More would change an embedding little. */
const PROBE_SECONDS = 60;

type Sound = { samples: LongSamples; sourceRateHz: number };
type Voices = DiarizedRecording["voices"];

/**
 * Embeds each voice's longest segments together as a clip, and asks `whoIsWho`. Voices of one
 * person become one voice, pieces of other people leave theirs, and each is embedded on its joint
 * speech.
 */
export async function personVoices(
  networks: LoadedNetworks,
  talk: Talk,
  { whoIsWho, ...sound }: Sound & { whoIsWho?: WhoIsWho | undefined },
): Promise<{ voices: Voices; segments: readonly Segment[] }> {
  const segments = segmentsOf(talk.first, talk.second);
  const embed = rememberedEmbeddings(networks, sound);
  const voices = await voicesIn(embed, segments);
  if (!whoIsWho) return { voices, segments };
  const pieces = [...voices.keys()].map((voice) => longPieces(voice, segments));
  const found: FoundVoice[] = voices.map(({ probe }, voice) => ({
    probe,
    pieces: () => embedEach(embed, pieces[voice] ?? []),
  }));
  const people = personFrames(talk, pieces, await whoIsWho(found));
  if (!people) return { voices, segments };
  const united = segmentsOf(people.first, people.second);
  return { voices: await voicesIn(embed, united), segments: united };
}

/** A piece that is shorter says little about who speaks. Seconds. */
const LEAST_PIECE = 2;

const longPieces = (voice: number, segments: readonly Segment[]): readonly Segment[] =>
  aloneIn(
    segments.filter(({ speaker }) => speaker === voice),
    othersThan(voice, segments),
  ).filter(({ start, end }) => end - start >= LEAST_PIECE);

async function embedEach(embed: EmbedPieces, pieces: readonly Segment[]) {
  const probes: ClipEmbedding[] = [];
  for (const piece of pieces) probes.push(await embed([piece]));
  return probes;
}

async function voicesIn(embed: EmbedPieces, segments: readonly Segment[]): Promise<Voices> {
  const voices: Voices[number][] = [];
  for (const [speaker, own] of bySpeaker(segments)) {
    const pieces = probePieces(own, othersThan(speaker, segments));
    voices.push({ probe: await embed(pieces), speechSeconds: lengthOf(own) });
  }
  return voices;
}

type EmbedPieces = (pieces: readonly { start: number; end: number }[]) => Promise<ClipEmbedding>;

/** Embeds pieces of a recording together. The same pieces are embedded once. */
function rememberedEmbeddings(networks: LoadedNetworks, { samples, sourceRateHz }: Sound): EmbedPieces {
  const known = new Map<string, Promise<ClipEmbedding>>();
  return (pieces) => {
    const places = pieces.map(({ start, end }) => [Math.round(start * RATE_HZ), Math.round(end * RATE_HZ)]);
    const key = places.join();
    const cut = places.map(([from, to]) => samples.subarray(from, to));
    const found = known.get(key) ?? embedSamples(networks, { ...joinedPieces(cut), sourceRateHz });
    known.set(key, found);
    return found;
  };
}

const othersThan = (speaker: number, segments: readonly Segment[]) =>
  segments.filter((segment) => segment.speaker !== speaker);

/** In the speakers' order. */
const bySpeaker = (segments: readonly Segment[]) =>
  [...Map.groupBy(segments, ({ speaker }) => speaker)].sort(([a], [b]) => a - b);

const lengthOf = (segments: readonly Segment[]): number =>
  Math.round(100 * segments.reduce((sum, { start, end }) => sum + end - start, 0)) / 100;

/**
 * A voice's longest segments up to a minute, in order of time: long ones are hardly ever of two
 * people. Without what is said while one of the others speaks, unless nothing else is left.
 */
export function probePieces<Piece extends { start: number; end: number }>(
  segments: readonly Piece[],
  others: readonly { start: number; end: number }[],
): readonly Piece[] {
  const alone = aloneIn(segments, others);
  const longest = (alone.length > 0 ? alone : segments).toSorted(
    (a, b) => b.end - b.start - (a.end - a.start),
  );
  let sum = 0;
  const chosen = longest.filter(({ start, end }) => {
    sum += end - start;
    return sum - (end - start) < PROBE_SECONDS;
  });
  return chosen.sort((a, b) => a.start - b.start);
}

function joinedPieces(pieces: readonly LongSamples[]) {
  const whole = new Int16Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  const kept = whole.subarray(0, (PROBE_SECONDS + 1) * RATE_HZ);
  const audioSha256 = createHash("sha256").update(kept).digest("hex");
  return { samples: floats(kept), audioSha256 };
}
