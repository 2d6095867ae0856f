import { readFile } from "node:fs/promises";
import type { Quality } from "../../lib/audio/types.ts";
import type { EmbedClip } from "../../lib/evaluate/embedding-cache.ts";
import type { UnitVector } from "../../lib/score/scoring/vector.ts";
import { bySpeaker, type TrainClip } from "./corpus.ts";
import { mapWithProgress } from "./progress.ts";
import { randomOf } from "./random.ts";
import { type Condition, recorded, type Sounds, soundOf } from "./recording-conditions.ts";
import { telephoneCall } from "./telephone.ts";
import { wavOf } from "./wav.ts";

/** Embedded speech of one person under one condition. */
export type Piece = {
  speaker: string;
  corpus: string;
  /** Pieces to enroll and pieces to verify share no audio. */
  use: "enroll" | "verify";
  condition: Condition;
  /** The place among the pieces of this speaker and use. */
  index: number;
  quality: Pick<Quality, "bandwidth" | "snrDb" | "speechSeconds">;
  embedding: UnitVector;
};

const RATE = 16_000;
/** Seconds of audio of the clips to enroll: seven, the most that a voiceprint here is made of. */
const ENROLL_SECONDS = [3, 4, 3, 3, 3, 3, 3];
/** Seconds of audio of the probes: the three shorter duration buckets. */
const VERIFY_SECONDS = [1.8, 3.2, 6, 3.2];
/** How many pieces are put into each condition, from the first on. */
const USES = {
  enroll: { seconds: ENROLL_SECONDS, conditions: { "as recorded": 7, telephone: 3 } },
  verify: {
    seconds: VERIFY_SECONDS,
    conditions: { "as recorded": 4, telephone: 4, room: 4, "noise 10 dB": 4 },
  },
} as const;

/**
 * Cuts each speaker's clips into pieces, puts each piece into every condition and embeds it as the
 * service does. Pieces with less than a second of speech are left out: the service doesn't decide
 * on them.
 */
export async function conditionPieces(
  embedClip: EmbedClip,
  clips: readonly TrainClip[],
  sounds: Sounds,
  width: number,
): Promise<Piece[]> {
  const groups = [...bySpeaker(clips).values()];
  const pieces = await mapWithProgress("pieces", groups, width, (own) => piecesOf(embedClip, own, sounds));
  return pieces.flat();
}

async function piecesOf(embedClip: EmbedClip, clips: readonly TrainClip[], sounds: Sounds): Promise<Piece[]> {
  const samples = await Promise.all(clips.map(({ path }) => soundOf(path)));
  const half = Math.ceil(samples.length / 2);
  const audio = { enroll: joined(samples.slice(0, half)), verify: joined(samples.slice(half)) };
  const pieces: Piece[] = [];
  for (const use of ["enroll", "verify"] as const)
    for (const [index, piece] of cut(audio[use], USES[use].seconds).entries())
      for (const [condition, most] of Object.entries(USES[use].conditions) as [Condition, number][]) {
        if (index >= most) continue;
        const { speaker, corpus } = clips[0];
        const name = `${speaker} ${use} ${index} ${condition}`;
        const bytes = await inCondition(piece, condition, sounds, name);
        const { embedding, quality } = await embedClip({ bytes, mediaType: "audio/wav" });
        if (!embedding || quality.speechSeconds < 1) continue;
        const { bandwidth, snrDb, speechSeconds } = quality;
        const measures = { bandwidth, snrDb, speechSeconds };
        pieces.push({ speaker, corpus, use, condition, index, quality: measures, embedding });
      }
  return pieces;
}

/** Returns a WAV file. The same name gives the same noise, room and call. */
async function inCondition(
  samples: Float32Array,
  condition: Condition,
  sounds: Sounds,
  name: string,
): Promise<Uint8Array> {
  const random = randomOf(name);
  if (condition === "as recorded") return wavOf(samples);
  if (condition === "telephone") return telephoneCall(samples, name);
  return wavOf(await recorded(samples, condition, sounds, random));
}

function joined(pieces: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Cuts consecutive stretches of the given lengths, until one no longer fits. */
function cut(samples: Float32Array, lengths: readonly number[]): Float32Array[] {
  let at = 0;
  return lengths.flatMap((seconds) => {
    const piece = samples.subarray(at, at + Math.round(seconds * RATE));
    if (piece.length < Math.round(seconds * RATE)) return [];
    at += piece.length;
    return [piece];
  });
}

/** Embeds whole clips as they are. `index` counts a speaker's clips in the order of the list. */
export async function wholeClips(
  embedClip: EmbedClip,
  clips: readonly TrainClip[],
  width: number,
): Promise<(Piece & { path: string })[]> {
  const groups = [...bySpeaker(clips).values()].flatMap((own) => own.map((clip, index) => ({ clip, index })));
  const embedded = await mapWithProgress("clips", groups, width, async ({ clip, index }) => {
    const { embedding, quality } = await embedClip({ bytes: await readFile(clip.path) });
    if (!embedding || quality.speechSeconds < 1) return [];
    const { bandwidth, snrDb, speechSeconds } = quality;
    const measures = { bandwidth, snrDb, speechSeconds };
    const { speaker, corpus, path } = clip;
    const piece = { speaker, corpus, use: "verify" as const, condition: "as recorded" as const, index };
    return [{ ...piece, path, quality: measures, embedding }];
  });
  return embedded.flat();
}
