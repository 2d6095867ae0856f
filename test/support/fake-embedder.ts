import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { ClipInput, Fingerprint, Piece, Recording } from "../../lib/audio/types.ts";
import { AppError } from "../../lib/error.ts";
import type { Stranger } from "../../lib/ports/candidate-voice.ts";
import type { ClipEmbedding, DiarizedRecording, Embedder, Model } from "../../lib/ports/model.ts";
import { toFixed } from "../../lib/score/scoring/fixed-point.ts";
import { normalize, type UnitVector } from "../../lib/score/scoring/vector.ts";
import { fakeSpeakersCheck } from "./fake-speakers-check.ts";
import { RECIPE } from "./recipe.ts";

const DIMENSION = 64;
/**
 * Weight of the take relative to the voice: two takes of one voice have a cosine of about 1 / (1 +
 * 0.5^2) = 0.8.
 */
const TAKE_NOISE = 0.5;

/**
 * A clip is a line of text, `voice=alice take=3 seconds=6`, with optional fields: `total=9 snr=1
 * clipped=0.2 band=telephone spoof=-1.5`, `with=bob` (a second voice, in every other window),
 * `like=bob mix=0.9` (a voice near bob's), `noise=0.001` (less between takes: a copy). `seconds` is
 * net speech. Channels are separated by ` | `. Any other bytes are invalid audio.
 */
export function fakeEmbedder(name = "fake"): Embedder {
  const model = fakeModel(name);
  return {
    model,
    async embed(clip, options) {
      const embedded = embed(model, clip, options?.windows === true);
      return { ...embedded, spoof: options?.spoof ? spoofIn(clip) : undefined };
    },
    async cut(recording, piece) {
      return cut(recording, piece);
    },
    /** Speech is what isn't silent. */
    async hear(samples) {
      const frames = Math.max(0, 1 + Math.floor((samples.length - 400) / 160));
      const isLoud = (_: unknown, i: number) =>
        samples.subarray(160 * i, 160 * i + 400).some((x) => Math.abs(x) > 0.01);
      return {
        probability: Float32Array.from({ length: frames }, (_, i) => (isLoud(_, i) ? 1 : 0)),
        threshold: 0.5,
      };
    },
    async diarize(recording, options) {
      return diarized(model, recording, options);
    },
    async seconds(clip) {
      return embed(model, clip, false).quality.totalSeconds;
    },
    async check() {},
    async close() {},
  };
}

/**
 * `fakeRecording("0-6 voice=alice", "7-9 voice=bob")`: one line for each segment, in order.
 * Segments of one text are one voice; `in=0` at the end of a line puts it into the voice of the
 * first line.
 */
export const fakeRecording = (...lines: string[]): Uint8Array => new TextEncoder().encode(lines.join("\n"));

async function diarized(
  model: Model,
  recording: Recording,
  { signal, onProgress, whoIsWho, lasting }: NonNullable<Parameters<Embedder["diarize"]>[1]> = {},
): Promise<DiarizedRecording> {
  const bytes = "bytes" in recording ? recording.bytes : readFileSync(recording.path);
  const lines = channelOf({ bytes, channel: recording.channel }).split("\n");
  const parsed = lines.map((line) => {
    const [, start, end, own, place] = line.match(/^([\d.]+)-([\d.]+) (.*?)(?: in=(\d+))?$/) ?? [];
    if (own === undefined) throw new AppError("audio-undecodable", "The fake recording is damaged.");
    return { start: Number(start), end: Number(end), text: own, place: place as string | undefined };
  });
  const voiceOf = ({ text, place }: FakeSegment) => parsed[Number(place)]?.text ?? text;
  const names = [...new Set(parsed.map(voiceOf))];
  const seconds = Math.max(0, ...parsed.map(({ end }) => end));
  await onProgress?.(Math.round(seconds), Math.round(seconds));
  signal?.throwIfAborted();
  const found = names.map((name) => parsed.filter((segment) => voiceOf(segment) === name));
  const people = await whoIsWho?.(
    found.map((own) => ({
      probe: spokenIn(model, own).probe,
      pieces: async () => own.map((segment) => spokenIn(model, [segment]).probe),
    })),
  );
  const personOf = (segment: FakeSegment) => {
    const voice = names.indexOf(voiceOf(segment));
    const person = people?.[voice];
    return person?.pieces[found[voice]?.indexOf(segment) ?? -1] ?? person?.person ?? voice;
  };
  const kept = [...new Set(parsed.map(personOf))];
  return {
    seconds,
    segments: parsed.map((one) => ({ start: one.start, end: one.end, voice: kept.indexOf(personOf(one)) })),
    voices: kept.map((person) => {
      const own = parsed.filter((segment) => personOf(segment) === person);
      return { ...spokenIn(model, own), ...(lasting ? lastingIn(model, own) : {}) };
    }),
  };
}

type FakeSegment = { start: number; end: number; text: string; place: string | undefined };

/** As of the real embedder: pieces of 1.5 s and more, of 5 s together. */
function lastingIn(model: Model, segments: readonly FakeSegment[]) {
  const long = segments.filter(({ start, end }) => end - start >= 1.5);
  const { probe, speechSeconds } = spokenIn(model, long.length > 0 ? long : segments);
  if (long.length === 0 || speechSeconds < 5) return {};
  return { lasting: { probe, pieces: long.map(({ start, end }) => ({ start, end })) } };
}

/** A voice that sounds like the first of its segments. */
function spokenIn(model: Model, segments: readonly FakeSegment[]) {
  const speechSeconds = segments.reduce((sum, { start, end }) => sum + end - start, 0);
  const clip = fakeClip(`${segments[0]?.text} seconds=${speechSeconds}`);
  return { probe: embed(model, clip, false), speechSeconds };
}

export const fakeModel = (name = "fake"): Model => ({
  modelId: `mdl_${sha256(name)}`,
  name,
  dimension: DIMENSION,
  features: RECIPE,
  minSpeechSeconds: 0.5,
  speakersCheck: fakeSpeakersCheck(DIMENSION, TAKE_NOISE),
});

/** `fakeClip("voice=alice take=1")` has six seconds of speech by default. */
export const fakeClip = (text: string): ClipInput => ({
  bytes: new TextEncoder().encode(text.includes("seconds=") ? text : `${text} seconds=6`),
  mediaType: "audio/wav",
});

/** The direction of a voice, the same for all takes. */
export const fakeVoice = (voice: string): UnitVector => normalize(gaussians(`voice ${voice}`));

/** Eight seconds of a voice, as a stranger of a recording. */
export const heardVoice = (name: string, voice = 0): Stranger => ({
  ...{ voice, embedding: toFixed(fakeVoice(name)) },
  ...{ speechSeconds: 8, bandwidth: "wide", pieces: [[0, 800]] },
});

/** What an installed detector would say. */
function spoofIn(clip: ClipInput): ClipEmbedding["spoof"] {
  const score = /\bspoof=(\S+)/.exec(channelOf(clip))?.[1];
  return score === undefined ? undefined : { score: Number(score), model: "fake-detector" };
}

function channelOf({ bytes, channel }: ClipInput): string {
  const channels = new TextDecoder().decode(bytes).split(" | ");
  const text = channels.length === 1 ? channels[0] : channels[channel ?? -1];
  if (text === undefined)
    throw new AppError("audio-unsupported-layout", "The two channels differ. Set `channel` to 0 or 1.");
  return text;
}

/** The fields of a fake clip apply to a part of it. What is said later is another take. */
function cut(recording: Recording, piece: Piece | undefined): ClipInput {
  const bytes = "path" in recording ? new Uint8Array(readFileSync(recording.path)) : recording.bytes;
  const text = channelOf({ ...recording, bytes });
  const field = (name: string) => new RegExp(`\\b${name}=(\\S+)`).exec(text)?.[1];
  const speech = Number(field("seconds") ?? 6);
  const total = Number(field("total") ?? speech + 1);
  const segment = piece && "segment" in piece ? piece.segment : { start: 0, end: total };
  if (segment.end > total)
    throw new AppError("segment-out-of-range", `The recording ends at ${total} s. Choose another segment.`);
  const first = piece && "firstSpeechSeconds" in piece ? piece.firstSpeechSeconds : undefined;
  const most = first ?? segment.end - segment.start;
  if (most > 120) throw new AppError("audio-too-long", "The clip is too long. Send a part of it.");
  const later = segment.start > 0 ? `@${segment.start}` : "";
  const rest = text.replace(/ (seconds|total|pad)=\S+/g, "").replace(/take=\S+/, `$&${later}`);
  const own = ` seconds=${Math.min(speech, most)} total=${Math.min(total, first === undefined ? most : first + 1)}`;
  return { bytes: new TextEncoder().encode(rest + own), mediaType: "audio/wav" };
}

function embed(model: Model, clip: ClipInput, wantWindows: boolean): ClipEmbedding {
  const text = channelOf(clip);
  if (!/^voice=\S+( \w+=\S+)*$/.test(text))
    throw new AppError("audio-undecodable", "The bytes are no fake clip.");
  const said = new Map(text.split(" ").map((pair) => pair.split("=") as [string, string]));
  const number = (key: string, otherwise: number) => Number(said.get(key) ?? otherwise);
  const speechSeconds = number("seconds", 6);
  const noise = number("noise", TAKE_NOISE);
  const spoken = (voice: string, part: string) =>
    withNoise(directionOf(said, voice), `${voice} ${said.get("take") ?? 0}${part}`, noise);
  const voice = said.get("voice") ?? "";
  const embeddings = Array.from({ length: wantWindows ? Math.floor(speechSeconds) : 0 }, (_, i) =>
    spoken(i % 2 === 1 ? (said.get("with") ?? voice) : voice, ` window ${i}`),
  );
  return {
    quality: {
      totalSeconds: number("total", speechSeconds + 1),
      speechSeconds,
      levelDb: number("level", -26),
      snrDb: said.get("snr") === "none" ? undefined : number("snr", 20),
      clippedFraction: number("clipped", 0),
      bandwidth: said.get("band") === "telephone" ? "telephone" : "wide",
    },
    audioSha256: createHash("sha256").update(clip.bytes).digest("hex"),
    embedding: speechSeconds < model.minSpeechSeconds ? undefined : spoken(voice, ""),
    windows: { embeddings, weight: 1 },
    fingerprint: fingerprintOf(`${voice} ${said.get("take") ?? 0}`, speechSeconds),
  };
}

/** Codes that depend on the voice and the take only: a noisier copy of a take has the same. */
function fingerprintOf(take: string, seconds: number): Fingerprint {
  const bits = new Uint16Array(Math.round(seconds * 100));
  for (let at = 0; at < bits.length; at += 16) {
    const digest = createHash("sha256").update(`fingerprint ${take} ${at}`).digest();
    for (let i = at; i < Math.min(at + 16, bits.length); i++) bits[i] = digest.readUInt16LE(2 * (i - at));
  }
  return { bits, sure: bits.map(() => 0xffff) };
}

function directionOf(said: ReadonlyMap<string, string>, voice: string): UnitVector {
  const like = said.get("like");
  if (like === undefined || voice !== said.get("voice")) return fakeVoice(voice);
  const mix = Number(said.get("mix") ?? 0.9);
  const [near, own] = [fakeVoice(like), fakeVoice(voice)];
  return normalize(near.map((x, i) => mix * x + Math.sqrt(1 - mix * mix) * own[i]));
}

function withNoise(direction: UnitVector, take: string, noise: number): UnitVector {
  const off = normalize(gaussians(`take ${take}`));
  return normalize(direction.map((x, i) => x + noise * off[i]));
}

/** Normal numbers (Box and Muller) from a hash, so that every run gets the same. */
function gaussians(seed: string): number[] {
  return Array.from({ length: DIMENSION }, (_, i) => {
    const digest = createHash("sha256").update(`${seed} ${i}`).digest();
    const [u, v] = [(digest.readUInt32BE(0) + 1) / 2 ** 32, digest.readUInt32BE(4) / 2 ** 32];
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
  });
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
