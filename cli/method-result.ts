import { operatingPoints } from "../lib/score/calibration.ts";
import { eer, minDcf } from "../lib/score/metrics.ts";
import { scoreBy } from "../lib/score/norm.ts";
import type { Method, OperatingPoint, VoiceStats } from "../lib/score/types.ts";
import { cosine, type UnitVector } from "../lib/score/vector.ts";
import type { Trial } from "./trial-list.ts";

/** Error rates are fractions. `threshold` is the one at the EER; the others are undefined where accepting nobody is best. */
export type MethodResult = {
  method: Method;
  eer: number;
  threshold: number;
  minDcf05: number;
  minDcf05Threshold: number | undefined;
  minDcf01: number;
  minDcf01Threshold: number | undefined;
  /** Ascending FAR; targets that the rule of 3 does not carry are left out. */
  points: readonly OperatingPoint[];
};

export const TARGET_FARS = [0.05, 0.01, 0.001, 0.0001];

export type Voice = { embedding: UnitVector; stats: VoiceStats };

export type Scored = Trial & { sides: { enrolled: Voice; probe: Voice } };

export function resultOf(method: Method, trials: readonly Scored[]): MethodResult {
  const score = ({ sides: { enrolled, probe } }: Scored) =>
    scoreBy(method, cosine(enrolled.embedding, probe.embedding), enrolled.stats, probe.stats);
  const genuine = trials.filter(({ target }) => target).map(score);
  const impostor = trials.filter(({ target }) => !target).map(score);
  const [at05, at01] = [minDcf(genuine, impostor, 0.05), minDcf(genuine, impostor, 0.01)];
  return {
    method,
    ...eer(genuine, impostor),
    minDcf05: at05.minDcf,
    minDcf05Threshold: at05.threshold,
    minDcf01: at01.minDcf,
    minDcf01Threshold: at01.threshold,
    points: operatingPoints(genuine, impostor, TARGET_FARS),
  };
}
