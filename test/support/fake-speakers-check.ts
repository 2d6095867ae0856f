import { BANDWIDTHS } from "../../lib/audio/types.ts";
import type { SpeakersCheck } from "../../lib/score/scoring/multiple-speakers.ts";
import type { MeasuredRate } from "../../lib/score/scoring/types.ts";

const interval = { low: 0, high: 0.1 };
const RATE: MeasuredRate = {
  ...{ rate: 0.01, trials: 300, speakers: 30, effectiveTrials: 100 },
  ...{ ...interval, clopperPearson: interval },
};

/**
 * The check for windows of fake voices: unit vectors in all directions, and takes that differ from
 * them by `noise` in all directions.
 */
export function fakeSpeakersCheck(dimension: number, noise: number): SpeakersCheck {
  const one = { mean: Array<number>(dimension).fill(0), directions: scaledIdentity(dimension, noise) };
  const space = { ...one, between: Array<number>(dimension).fill(1 / noise ** 2) };
  return {
    falseAlarms: 0.01,
    source: "fake",
    spaces: { wide: space, telephone: space },
    points: BANDWIDTHS.map((bandwidth) => ({
      bandwidth,
      seconds: 6,
      limit: 0,
      measured: { falseAlarms: RATE, misses: RATE },
    })),
  };
}

/** Takes of one voice have the variance noise^2 / dimension / (1 + noise^2) in each direction. */
function scaledIdentity(dimension: number, noise: number): number[][] {
  const scale = Math.sqrt((dimension * (1 + noise ** 2)) / noise ** 2);
  return Array.from({ length: dimension }, (_, i) =>
    Array.from({ length: dimension }, (_, k) => (i === k ? scale : 0)),
  );
}
