import { fitLlr } from "../score/fit/fit-llr.ts";
import { cllr, eer, minDcf, thresholdAtFrr } from "../score/rates/metrics.ts";
import { minCllr } from "../score/rates/pav.ts";
import { operatingPoints } from "../score/scoring/operating-points.ts";
import type { OperatingPoint } from "../score/scoring/types.ts";

/** Prior probabilities of a target trial for minDCF, as in VoxSRC and several NIST evaluations. */
export const PRIORS = [0.05, 0.01, 0.001] as const;
export const TARGET_FARS = [0.05, 0.01, 0.001, 0.0001];
export const TARGET_FRRS = [0.05, 0.01, 0.001];

/** A threshold chosen for its FRR, and the FAR measured there. */
type MissPoint = { frr: number; threshold: number; far: number };

type MinDcf = { prior: number; minDcf: number; threshold: number | undefined };

/** Error rates are fractions. Costs of likelihood ratios (Cllr) are in bits. */
export type Measures = {
  eer: number;
  /** The threshold at the EER. */
  threshold: number;
  /** One for each of PRIORS. Without a threshold if rejecting every trial costs least. */
  minDcf: readonly MinDcf[];
  /** Of the likelihood ratios that the model's calibration gives; undefined without one. */
  cllr: number | undefined;
  /** Of a line fitted on these trials; undefined if target trials do not score higher. */
  cllrFitted: number | undefined;
  minCllr: number;
  /** In ascending order of FAR. A target with too few trials for the rule of 3 is left out. */
  points: readonly OperatingPoint[];
  /** In the order of TARGET_FRRS. A target with too few trials for the rule of 3 is left out. */
  missPoints: readonly MissPoint[];
};

export const minDcfAt = ({ minDcf }: Measures, prior: number): MinDcf | undefined =>
  minDcf.find((one) => one.prior === prior);

/**
 * Measures trials of one method.
 *
 * scores  at least one of each class
 * llrs    natural-log likelihood ratios of the same trials; undefined without a calibration
 */
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
    const llrsOf = (scores: Float64Array) => scores.map((score) => slope * score + offset);
    return cllr(llrsOf(genuine), llrsOf(impostor));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
