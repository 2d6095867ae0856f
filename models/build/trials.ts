import { readFile } from "node:fs/promises";
import { listen } from "../../lib/audio/listen.ts";
import type { Embedder } from "../../lib/ports.ts";
import { voiceStats } from "../../lib/score/norm.ts";
import type { Cohort, VoiceStats } from "../../lib/score/types.ts";
import type { UnitVector } from "../../lib/score/vector.ts";
import { bySpeaker, type TrainClip } from "./corpus.ts";
import { mapWithProgress } from "./progress.ts";
import { wavOf } from "./wav.ts";

export type Side = {
  speaker: string;
  corpus: string;
  seconds: number;
  embedding: UnitVector;
  stats: VoiceStats;
};
export type CalibrationTrial = { genuine: boolean; seconds: number; enrolled: Side; probe: Side };

const RATE = 16000;
/** Enrolled sides: one short clip, one longer, and about what a registry asks for. Seconds of audio. */
const ENROLLED_SECONDS = [3, 6, 20];
/** Probes: one length within each duration bucket, twice each where the speaker has enough speech. */
const PROBE_SECONDS = [1.8, 1.8, 3.2, 3.2, 6, 6, 11];

/** Cuts a speaker's clips, joined, into enrolled sides (first half) and probes (second half) that share no audio. */
async function sidesOf(
  clips: readonly TrainClip[],
): Promise<{ enrolled: Float32Array[]; probes: Float32Array[] }> {
  const heard = await Promise.all(clips.map(async ({ path }) => listen({ bytes: await readFile(path) })));
  const half = Math.ceil(heard.length / 2);
  return {
    enrolled: cut(join(heard.slice(0, half).map(({ samples }) => samples)), ENROLLED_SECONDS),
    probes: cut(join(heard.slice(half).map(({ samples }) => samples)), PROBE_SECONDS),
  };
}

function join(pieces: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Consecutive stretches of the given lengths; those that no longer fit are left out. */
function cut(samples: Float32Array, lengths: readonly number[]): Float32Array[] {
  let at = 0;
  return lengths.flatMap((seconds) => {
    const piece = samples.subarray(at, at + Math.round(seconds * RATE));
    if (piece.length < seconds * RATE) return [];
    at += piece.length;
    return [piece];
  });
}

/**
 * Every enrolled side against every probe of the same corpus: a voice from another corpus was recorded on other
 * microphones and would be told apart by those, which would make thresholds look better than they are.
 */
export async function calibrationTrials(
  embedder: Embedder,
  cohort: Cohort,
  clips: TrainClip[],
  width: number,
) {
  const groups = [...bySpeaker(clips).values()];
  const embedded = await mapWithProgress("calibration", groups, width, async (own) => {
    const { enrolled, probes } = await sidesOf(own);
    const embedAll = async (pieces: Float32Array[]) => {
      const sides = [];
      for (const piece of pieces) sides.push(...(await side(embedder, cohort, own[0], piece)));
      return sides;
    };
    return { enrolled: await embedAll(enrolled), probes: await embedAll(probes) };
  });
  const probes = embedded.flatMap((one) => one.probes);
  return embedded
    .flatMap((one) => one.enrolled)
    .flatMap((enrolled) =>
      probes
        .filter((probe) => probe.corpus === enrolled.corpus)
        .map((probe) => ({
          genuine: probe.speaker === enrolled.speaker,
          seconds: Math.min(probe.seconds, enrolled.seconds),
          enrolled,
          probe,
        })),
    );
}

async function side(
  embedder: Embedder,
  cohort: Cohort,
  own: TrainClip,
  samples: Float32Array,
): Promise<Side[]> {
  const { embedding, quality } = await embedder.hear({ bytes: wavOf(samples), mediaType: "audio/wav" });
  // Less than a probe's floor is never decided on, so it is not calibrated on either.
  if (!embedding || quality.speechSeconds < 1) return [];
  const stats = voiceStats(embedding, cohort);
  if (!stats) throw new RangeError("the cohort is too small to normalise by");
  return [{ speaker: own.speaker, corpus: own.corpus, seconds: quality.speechSeconds, embedding, stats }];
}
