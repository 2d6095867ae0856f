import { type Look, liveListener, STEP } from "../../lib/domain/live/listener.ts";
import type { ScoringSetup } from "../../lib/domain/scoring/setup.ts";
import { probeSide, type Side } from "../../lib/domain/scoring/side.ts";
import { scoreTrial } from "../../lib/domain/scoring/trial.ts";
import { joinSamples } from "../../lib/live/input.ts";
import type { Embedder } from "../../lib/ports/model.ts";
import { addFixed, fromFixed, toFixed } from "../../lib/score/scoring/fixed-point.ts";
import { bySpeaker, type TrainClip } from "./corpus.ts";
import { mapWithProgress } from "./progress.ts";
import { randomOf } from "./random.ts";
import { soundOf } from "./recording-conditions.ts";
import { wavOf } from "./wav.ts";

const RATE = 16_000;
const ENROLL_SECONDS = 4;
const MOST_ENROLLED = 5;
/** Turns have about as much speech, s. */
export const TURN_SECONDS = 10;
const MOST_TURNS = 4;
const PAUSE = 1.2;
/** A change that never happens. */
const NO_CHANGE = [-2, -2, -2];

export type HeardLook = { look: Look; likeness: readonly (number | undefined)[]; atSeconds: number };
export type Person = {
  speaker: string;
  corpus: string;
  enrolled: Side;
  spoken: Float32Array[];
  turns: HeardLook[][];
};

/**
 * Enrolls each speaker with the first half of the clips, and listens to turns of the second half.
 */
export async function people(
  embedder: Embedder,
  setup: ScoringSetup,
  clips: readonly TrainClip[],
  width: number,
): Promise<Person[]> {
  const groups = [...bySpeaker(clips).values()];
  const all = await mapWithProgress("speakers", groups, width, async (own): Promise<Person[]> => {
    const samples = await Promise.all(own.map(({ path }) => soundOf(path)));
    const half = Math.ceil(samples.length / 2);
    const { speaker, corpus } = own[0];
    const enrolled = await voiceprint(embedder, setup, joinSamples(samples.slice(0, half)));
    const spoken = cut(joinSamples(samples.slice(half)), TURN_SECONDS).slice(0, MOST_TURNS);
    if (!enrolled || spoken.length === 0) return [];
    const turns = await Promise.all(spoken.map((one) => looksAt(embedder, one)));
    return [{ speaker, corpus, enrolled, spoken, turns: turns.filter((turn) => turn.length > 0) }];
  });
  return all.flat();
}

async function voiceprint(
  embedder: Embedder,
  setup: ScoringSetup,
  audio: Float32Array,
): Promise<Side | undefined> {
  const pieces = cut(audio, ENROLL_SECONDS).slice(0, MOST_ENROLLED);
  const embedded = await Promise.all(pieces.map((one) => embedder.embed({ bytes: wavOf(one) })));
  const good = embedded.flatMap(({ embedding, quality }) => (embedding ? [{ embedding, quality }] : []));
  if (good.length === 0) return undefined;
  const sum = good.reduce<Float64Array>(
    (so, { embedding }) => addFixed(so, toFixed(embedding), 1),
    new Float64Array(setup.cohort.dimension),
  );
  const speechSeconds = good.reduce((total, { quality }) => total + quality.speechSeconds, 0);
  const { bandwidth } = good[0].quality;
  return { ...probeSide(setup, fromFixed(sum), { speechSeconds, bandwidth }), clips: good.length };
}

/**
 * Returns the looks at the first turn that is heard, each with its likeness to what came before.
 */
export async function looksAt(
  embedder: Embedder,
  samples: Float32Array,
  change = NO_CHANGE,
): Promise<HeardLook[]> {
  const looks: HeardLook[] = [];
  const listener = liveListener(
    embedder,
    (heard) => {
      if (heard.kind === "look" && heard.turn === 1) looks.push(heard);
    },
    change,
  );
  const all = joinSamples([samples, quiet(PAUSE)]);
  for (let at = 0; at + STEP <= all.length; at += STEP) await listener.step(all.slice(at, at + STEP));
  await listener.close();
  return looks;
}

/** No recording is digitally silent. */
const quiet = (seconds: number): Float32Array => {
  const random = randomOf("quiet");
  return Float32Array.from({ length: seconds * RATE }, () => Math.round(random.between(-8, 8)) / 32_768);
};

/**
 * Returns the smallest false-accept rate at which a look would be accepted. Thresholds are linear
 * in its logarithm between the measured points, as in `lookPoint`, and here also on both sides of
 * them, so it may be more than 1.
 */
export function farOfLook(setup: ScoringSetup, enrolled: Side, { quality, embedding }: Look): number {
  const probe = probeSide(setup, embedding, quality);
  const { score, unboundedLlr, table } = scoreTrial(setup, { enrolled, probe }, undefined);
  const points = table?.points ?? [];
  if (!table || unboundedLlr === null || points.length < 2)
    throw new RangeError("the model has too few thresholds");
  const value = table.thresholdsOn === "llr" ? unboundedLlr : score.value;
  // Points ascend in FAR, so their thresholds descend.
  const above = points.findLastIndex(({ threshold }) => threshold >= value);
  const at = Math.min(Math.max(above, 0), points.length - 2);
  const [strict, loose] = [points[at], points[at + 1]];
  const share = (strict.threshold - value) / (strict.threshold - loose.threshold);
  return strict.far * (loose.far / strict.far) ** share;
}

function cut(samples: Float32Array, seconds: number): Float32Array[] {
  const length = Math.round(seconds * RATE);
  return Array.from({ length: Math.floor(samples.length / length) }, (_, i) =>
    samples.subarray(i * length, (i + 1) * length),
  );
}
