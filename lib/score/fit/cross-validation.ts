import { cllr, eer } from "../rates/metrics.ts";
import { llrOf, tableFor } from "../scoring/calibration.ts";
import {
  type Calibration,
  type CalibrationTable,
  type Method,
  USUAL_METHODS,
  type UsualMethod,
} from "../scoring/types.ts";
import { fitKind, KINDS, type KnownTrial } from "./fit.ts";
import type { Quality } from "./report.ts";

type Tables = Pick<Calibration, "tables">;

/**
 * Returns the log-likelihood ratio that a calibration gives a trial. Undefined if it has no table
 * for the trial, or the trial has no score by this method.
 *
 * by  `llrOf`, as the service reports it, or `unboundedLlr`
 */
export function trialLlr(
  calibration: Tables,
  method: Method,
  trial: KnownTrial,
  by: typeof llrOf = llrOf,
): number | undefined {
  const table = tableFor(calibration, method, trial.conditions);
  const score = trial.scores[method];
  return table && score !== undefined ? by(table, score, trial.conditions) : undefined;
}

/**
 * Returns Cllr and EER of a calibration's likelihood ratios; undefined if it can't rate one of the
 * trials.
 */
export function qualityOn(
  calibration: Tables,
  method: Method,
  trials: readonly KnownTrial[],
): Quality | undefined {
  const llrs = (genuine: boolean) =>
    trials.flatMap((trial) => (trial.genuine === genuine ? [trialLlr(calibration, method, trial)] : []));
  return qualityOf(llrs(true), llrs(false));
}

/**
 * Returns the same for a calibration that is still to be fitted on these trials. Fits on half of
 * the speakers and measures on the trials among the other half, then swaps the halves. Undefined if
 * half of the speakers are too few to fit on.
 *
 * fitHalf  returns the tables of a half; undefined: plain ones of the method
 */
export function crossValidated(
  method: Method,
  trials: readonly KnownTrial[],
  fitHalf: (half: readonly KnownTrial[]) => readonly CalibrationTable[] | undefined = (half) =>
    tablesBy(method, half),
): Quality | undefined {
  const names = [...new Set(trials.flatMap(({ enrolled, probe }) => [enrolled, probe]))].sort();
  const halfOf = new Map(names.map((name, i) => [name, i % 2]));
  const among = (half: number) =>
    trials.filter(({ enrolled, probe }) => halfOf.get(enrolled) === half && halfOf.get(probe) === half);
  const halves = [among(0), among(1)];
  const rated = halves.map((heldOut, half) => {
    const tables = fitHalf(halves[1 - half]);
    return heldOut.map((trial) => ({ ...trial, llr: tables && trialLlr({ tables }, method, trial) }));
  });
  const side = (genuine: boolean) =>
    rated.flat().flatMap((trial) => (trial.genuine === genuine ? [trial.llr] : []));
  return qualityOf(side(true), side(false));
}

/**
 * Cosine must be better by a tenth: cohort scores change less with the microphone than cosines do.
 */
const COSINE_WINS_BELOW = 0.9;

/**
 * Chooses a scoring method for these trials: AS-Norm, unless plain cosines have a clearly lower
 * Cllr on speakers that weren't fitted on. That happens if the cohort differs in kind from the
 * voices. `qualities` is undefined if there are too few speakers to compare.
 */
export function chooseMethod(trials: readonly KnownTrial[]): {
  method: UsualMethod;
  qualities: readonly (Quality & { method: UsualMethod })[] | undefined;
} {
  const known = USUAL_METHODS.filter((method) => trials.every(({ scores }) => scores[method] !== undefined));
  const qualities = known.flatMap((method) => {
    const quality = crossValidated(method, trials);
    return quality ? [{ method, ...quality }] : [];
  });
  const cllrOf = (method: UsualMethod) => qualities.find((one) => one.method === method)?.cllr;
  const normalized = cllrOf("as-norm");
  const cosine = cllrOf("cosine");
  const compared = qualities.length > 0 ? qualities : undefined;
  if (!known.includes("as-norm")) return { method: "cosine", qualities: compared };
  const plain = normalized !== undefined && cosine !== undefined && cosine < COSINE_WINS_BELOW * normalized;
  return { method: plain ? "cosine" : "as-norm", qualities: compared };
}

/** Returns undefined if the trials can't be fitted at all. */
function tablesBy(method: Method, trials: readonly KnownTrial[]): CalibrationTable[] | undefined {
  try {
    return KINDS.flatMap((kind) => {
      const fitted = fitKind(trials, kind, [method]);
      return "tables" in fitted ? fitted.tables : [];
    });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

type Llrs = readonly (number | undefined)[];

function qualityOf(genuine: Llrs, impostor: Llrs): Quality | undefined {
  const g = genuine.filter((llr) => llr !== undefined);
  const i = impostor.filter((llr) => llr !== undefined);
  if (g.length === 0 || i.length === 0 || g.length < genuine.length || i.length < impostor.length)
    return undefined;
  return { cllr: cllr(g, i), eer: eer(g, i).eer };
}
