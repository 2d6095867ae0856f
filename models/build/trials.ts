import { readFile } from "node:fs/promises";
import { readSamples } from "../../lib/audio/read-samples.ts";
import type { EmbedClip } from "../../lib/evaluate/embedding-cache.ts";
import { voiceStats } from "../../lib/score/scoring/norm.ts";
import type { Cohort, TrialBandwidth, VoiceStats } from "../../lib/score/scoring/types.ts";
import type { UnitVector } from "../../lib/score/scoring/vector.ts";
import { bySpeaker, type TrainClip } from "./corpus.ts";
import { mapWithProgress } from "./progress.ts";
import { telephoneCall } from "./telephone.ts";
import { wavOf } from "./wav.ts";

/**
 * `called`: whether a telephone call was simulated; `bandwidth`: what the service classifies the
 * clip as.
 */
export type Side = {
  speaker: string;
  corpus: string;
  called: boolean;
  bandwidth: TrialBandwidth;
  seconds: number;
  embedding: UnitVector;
  stats: VoiceStats;
};
export type CalibrationTrial = {
  genuine: boolean;
  seconds: number;
  bandwidth: TrialBandwidth;
  enrolled: Side;
  probe: Side;
};

const RATE = 16000;
/**
 * Seconds of audio of enrolled sides: one short clip, one longer, and about the amount a registry
 * asks for.
 */
const ENROLLED_SECONDS = [[3, 6], [20]];
/**
 * Seconds of audio of probes: two of each duration bucket if there is enough speech. Rows start
 * over and may overlap.
 */
const PROBE_SECONDS = [
  [1.8, 1.8, 3.2, 3.2, 6, 6],
  [12, 12],
];

type Voice = Pick<Side, "corpus" | "speaker">;
type Sides = { enrolled: readonly Side[]; probes: readonly Side[] };

/**
 * Returns trials of enrolled sides against probes of the same corpus. A voice from another corpus
 * was recorded with other microphones, which would make it easier to reject and thresholds look
 * better than they are. There are recorded sides against recorded probes, and telephone probes
 * against both, as people enroll in an app or by an earlier call.
 */
export async function calibrationTrials(
  embedClip: EmbedClip,
  cohort: Cohort,
  clips: readonly TrainClip[],
  width: number,
): Promise<CalibrationTrial[]> {
  const groups = [...bySpeaker(clips).values()];
  const embedded = await mapWithProgress("calibration", groups, width, (own) =>
    sidesOf(embedClip, cohort, own),
  );
  const probes = embedded.flatMap((one) => one.probes);
  return embedded
    .flatMap((one) => one.enrolled)
    .flatMap((enrolled) =>
      probes
        .filter((probe) => probe.corpus === enrolled.corpus && (probe.called || !enrolled.called))
        .map((probe) => trialOf(enrolled, probe)),
    );
}

const trialOf = (enrolled: Side, probe: Side): CalibrationTrial => ({
  genuine: probe.speaker === enrolled.speaker,
  seconds: Math.min(probe.seconds, enrolled.seconds),
  bandwidth: [enrolled, probe].some((side) => side.bandwidth === "telephone") ? "telephone" : "wide",
  enrolled,
  probe,
});

/**
 * Makes enrolled sides from the first half of a speaker's clips and probes from the second: they
 * share no audio.
 */
async function sidesOf(embedClip: EmbedClip, cohort: Cohort, clips: readonly TrainClip[]): Promise<Sides> {
  const embedded = await Promise.all(
    clips.map(async ({ path }) => readSamples({ bytes: await readFile(path) })),
  );
  const half = Math.ceil(embedded.length / 2);
  const pieces = (from: number, to: number, lengths: readonly (readonly number[])[]) => {
    const samples = joined(embedded.slice(from, to).map((one) => one.samples));
    return lengths.flatMap((row) => cut(samples, row));
  };
  const embed = (kind: string, all: readonly Float32Array[]) =>
    embedPieces(embedClip, cohort, clips[0], kind, all);
  return {
    enrolled: await embed("enrolled", pieces(0, half, ENROLLED_SECONDS)),
    probes: await embed("probe", pieces(half, embedded.length, PROBE_SECONDS)),
  };
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

/** Cuts consecutive stretches of the given lengths, without those that no longer fit. */
function cut(samples: Float32Array, lengths: readonly number[]): Float32Array[] {
  let at = 0;
  return lengths.flatMap((seconds) => {
    const piece = samples.subarray(at, at + Math.round(seconds * RATE));
    if (piece.length < seconds * RATE) return [];
    at += piece.length;
    return [piece];
  });
}

/** Embeds each piece as recorded and by telephone, each in a different call. */
async function embedPieces(
  embedClip: EmbedClip,
  cohort: Cohort,
  { speaker, corpus }: Voice,
  kind: string,
  pieces: readonly Float32Array[],
): Promise<Side[]> {
  const sides: Side[] = [];
  for (const [i, piece] of pieces.entries()) {
    const call = await telephoneCall(piece, `${speaker} ${kind} ${i}`);
    for (const [called, bytes] of [[false, wavOf(piece)] as const, [true, call] as const])
      sides.push(...(await side(embedClip, cohort, { speaker, corpus, called }, bytes)));
  }
  return sides;
}

async function side(
  embedClip: EmbedClip,
  cohort: Cohort,
  voice: Pick<Side, "called" | "corpus" | "speaker">,
  bytes: Uint8Array,
): Promise<Side[]> {
  const { embedding, quality } = await embedClip({ bytes, mediaType: "audio/wav" });
  const { speechSeconds: seconds, bandwidth } = quality;
  // The service never decides on less speech, so we don't calibrate on it either.
  if (!embedding || seconds < 1) return [];
  const stats = voiceStats(embedding, cohort);
  if (!stats) throw new RangeError("the cohort has too few voices to normalize");
  return [{ ...voice, bandwidth, seconds, embedding, stats }];
}
