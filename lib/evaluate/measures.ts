import { fitLlr } from "../score/fit/fit-llr.ts";
import { cllr, eer, minDcf, thresholdAtFrr } from "../score/rates/metrics.ts";
import { minCllr } from "../score/rates/pav.ts";
import { operatingPoints } from "../score/scoring/calibration.ts";
import type { OperatingPoint } from "../score/scoring/types.ts";

/** How often a trial is genuine, for minDCF: VoxSRC's, and NIST's of several evaluations. */
export const PRIORS = [0.05, 0.01, 0.001] as const;
export const TARGET_FARS = [0.05, 0.01, 0.001, 0.0001];
export const TARGET_FRRS = [0.05, 0.01, 0.001];

/** A threshold chosen for its FRR, and the FAR measured there. */
export type MissPoint = { frr: number; threshold: number; far: number };

/** Error rates are fractions, costs of likelihood ratios bits. `threshold` is the one at the EER. */
export type Measures = {
  eer: number;
  threshold: number;
  /** One for each of PRIORS; no threshold where accepting nobody is best. */
  minDcf: readonly { prior: number; minDcf: number; threshold: number | undefined }[];
  /** Of the likelihood ratios that the model's calibration gives; undefined without one. */
  cllr: number | undefined;
  /** Of a line fitted on these very trials; undefined where genuine trials do not score higher. */
  cllrFitted: number | undefined;
  minCllr: number;
  /** Ascending FAR; targets that the rule of 3 does not carry are left out, here and below. */
  points: readonly OperatingPoint[];
  missPoints: readonly MissPoint[];
};

/** Both lists hold at least one score. `llrs`: the same trials' log-likelihood ratios. */
export function measure(
  scores: { genuine: Float64Array; impostor: Float64Array },
  llrs: { genuine: Float64Array; impostor: Float64Array } | undefined,
): Measures {
  const { genuine, impostor } = scores;
  return {
    ...eer(genuine, impostor),
    minDcf: PRIORS.map((prior) => ({ prior, ...minDcf(genuine, impostor, prior) })),
    cllr: llrs && cllr(llrs.genuine, llrs.impostor),
    cllrFitted: fittedCllr(genuine, impostor),
    minCllr: minCllr(genuine, impostor),
    points: operatingPoints(genuine, impostor, TARGET_FARS),
    missPoints: TARGET_FRRS.filter((frr) => genuine.length * frr >= 3 - 1e-9).map((frr) => {
      const threshold = thresholdAtFrr(genuine, frr);
      const accepted = impostor.reduce((count, score) => count + Number(score >= threshold), 0);
      return { frr, threshold, far: accepted / impostor.length };
    }),
  };
}

function fittedCllr(genuine: Float64Array, impostor: Float64Array): number | undefined {
  try {
    const { slope, offset } = fitLlr(genuine, impostor);
    const of = (scores: Float64Array) => scores.map((score) => slope * score + offset);
    return cllr(of(genuine), of(impostor));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
