import { createHash } from "node:crypto";
import { personFrames, type Talk } from "../../diarize/person-frames.ts";
import { aloneIn, type Segment, segmentsOf } from "../../diarize/segments.ts";
import type { ClipEmbedding, DiarizedRecording, FoundVoice, WhoIsWho } from "../../ports/model.ts";
import { embedSamples, type LoadedNetworks } from "./embed-clip.ts";
import { floats, type LongSamples, RATE_HZ } from "./long-samples.ts";

/** Speech of a voice that it is identified by. More would change an embedding little. */
const PROBE_SECONDS = 60;

/** Shorter pieces are not kept, nor is a voice with less speech in longer ones. Seconds. */
const LASTING = { piece: 1.5, voice: 5 };

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
  {
    whoIsWho,
    lasting = false,
    ...sound
  }: Sound & { whoIsWho?: WhoIsWho | undefined; lasting?: boolean | undefined },
): Promise<{ voices: Voices; segments: readonly Segment[] }> {
  const segments = segmentsOf(talk.first, talk.second);
  const embed = rememberedEmbeddings(networks, sound);
  const end = async (voices: Voices, all: readonly Segment[]) => ({
    voices: lasting ? await withLasting(embed, voices, all) : voices,
    segments: all,
  });
  const voices = await voicesIn(embed, segments);
  if (!whoIsWho) return end(voices, segments);
  const pieces = [...voices.keys()].map((voice) => longPieces(voice, segments));
  const found: FoundVoice[] = voices.map(({ probe }, voice) => ({
    probe,
    pieces: () => embedEach(embed, pieces[voice] ?? []),
  }));
  const people = personFrames(talk, pieces, await whoIsWho(found));
  if (!people) return end(voices, segments);
  const united = segmentsOf(people.first, people.second);
  return end(await voicesIn(embed, united), united);
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

/** The voices with what may be kept of each. */
async function withLasting(
  embed: EmbedPieces,
  voices: Voices,
  segments: readonly Segment[],
): Promise<Voices> {
  const all: Voices[number][] = [];
  for (const [place, [speaker, own]] of bySpeaker(segments).entries()) {
    const voice = voices[place];
    if (!voice) break;
    const pieces = longestPieces(
      aloneIn(own, othersThan(speaker, segments)).filter(({ start, end }) => end - start >= LASTING.piece),
    ).map(({ start, end }) => ({ start, end }));
    const isLong = lengthOf(pieces) >= LASTING.voice;
    const probe = isLong ? await embed(pieces) : undefined;
    const lasts = probe !== undefined && probe.quality.speechSeconds >= LASTING.voice;
    all.push(lasts ? { ...voice, lasting: { probe, pieces } } : voice);
  }
  return all;
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

const lengthOf = (segments: readonly { start: number; end: number }[]): number =>
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
  return longestPieces(alone.length > 0 ? alone : segments);
}

function longestPieces<Piece extends { start: number; end: number }>(pieces: readonly Piece[]) {
  const longest = pieces.toSorted((a, b) => b.end - b.start - (a.end - a.start));
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
