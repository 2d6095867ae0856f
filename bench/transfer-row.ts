import { trialLlr } from "../lib/score/fit/cross-validation.ts";
import { classOf, type KnownTrial, rateOf } from "../lib/score/fit/fit.ts";
import { cllr, thresholdAtFar } from "../lib/score/rates/metrics.ts";
import { minCllr } from "../lib/score/rates/pav.ts";
import { methodOf, pointFor, tableFor, unboundedLlr } from "../lib/score/scoring/calibration.ts";
import type { Calibration, MeasuredRate } from "../lib/score/scoring/types.ts";

const FARS = [0.05, 0.01, 0.001];
export const HEAD = [
  "list",
  "enrolled clips",
  "trials",
  ...FARS.map((far) => `stated ${far * 100} %: FAR (95 %), FRR`),
  "FRR at 1 %, fitted on the list",
  "Cllr",
  "least Cllr",
];

/**
 * Returns the cells of a list after its name: genuine and impostor trials, measured FAR with its
 * interval and FRR at each stated rate, what the FRR at 1 % would be with thresholds of the list
 * itself, and Cllr in bits with the least that any calibration of these scores could reach.
 */
export function transferRow(trials: readonly KnownTrial[], calibration: Calibration): string[] {
  const method = methodOf(calibration);
  const classes = [true, false].map((genuine) => classOf(trials, genuine));
  const [genuine, impostor] = classes;
  const llrs = ({ trials: own }: typeof genuine, by?: typeof unboundedLlr) =>
    own.map((trial) => trialLlr(calibration, method, trial, by) ?? Number.NaN);
  const [g, i] = [llrs(genuine), llrs(impostor)];
  const free = { g: llrs(genuine, unboundedLlr), i: llrs(impostor, unboundedLlr) };
  const accepts = (trial: KnownTrial, far: number): boolean => {
    const table = tableFor(calibration, method, trial.conditions);
    const point = table && pointFor(table, far, trial.conditions);
    return point !== undefined && (trial.scores[method] ?? Number.NaN) >= point.threshold;
  };
  const cells = FARS.map((far) => {
    const falseAccepts = rateOf(impostor, (n) => accepts(impostor.trials[n], far));
    const falseRejects = rateOf(genuine, (n) => !accepts(genuine.trials[n], far));
    return `${rateText(falseAccepts)}, ${percent(falseRejects.rate)}`;
  });
  const own = thresholdAtFar(free.g, free.i, 0.01) ?? Number.POSITIVE_INFINITY;
  const ownFrr = free.g.filter((llr) => llr < own).length / free.g.length;
  return [
    `${g.length} / ${i.length}`,
    ...cells,
    percent(ownFrr),
    cllr(g, i).toFixed(3),
    minCllr(free.g, free.i).toFixed(3),
  ];
}

const percent = (rate: number) => `${Number((rate * 100).toPrecision(2))}`;
const rateText = ({ rate, low, high }: MeasuredRate) => `${percent(rate)} (${percent(low)}-${percent(high)})`;
