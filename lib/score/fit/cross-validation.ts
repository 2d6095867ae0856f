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
 * What a calibration makes of one trial; undefined where it has no table for it or the trial was not scored so.
 *
 * by  `llrOf`, which is what the service states, or `lineOf`
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

/** Cllr and EER of its likelihood ratios on these trials; undefined where it cannot judge one of them. */
export function qualityOn(
  calibration: Tables,
  method: Method,
  trials: readonly KnownTrial[],
): Quality | undefined {
  const [genuine, impostor] = [true, false].map((side) =>
    trials.flatMap((trial) => (trial.genuine === side ? [trialLlr(calibration, method, trial)] : [])),
  );
  return qualityOf(genuine, impostor);
}

/**
 * The same for a calibration that is yet to be fitted on these very trials: half of the speakers fit and the trials among the
 * other half are judged, then turned about. Undefined where half of the speakers are too few to fit on.
 */
export function crossValidated(method: Method, trials: readonly KnownTrial[]): Quality | undefined {
  const names = [...new Set(trials.flatMap(({ enrolled, probe }) => [enrolled, probe]))].sort();
  const halfOf = new Map(names.map((name, i) => [name, i % 2]));
  const among = (half: number) =>
    trials.filter(({ enrolled, probe }) => halfOf.get(enrolled) === half && halfOf.get(probe) === half);
  const halves = [among(0), among(1)];
  const llrs = halves.map((heldOut, half) => {
    const tables = tablesBy(method, halves[1 - half]);
    return heldOut.map((trial) => ({ ...trial, llr: tables && trialLlr({ tables }, method, trial) }));
  });
  const side = (genuine: boolean) =>
    llrs.flat().flatMap((trial) => (trial.genuine === genuine ? [trial.llr] : []));
  return qualityOf(side(true), side(false));
}

/** Cosine is taken only where it is better by a tenth: cohort scores move less with the microphone than cosines do. */
const COSINE_WINS_BELOW = 0.9;

/**
 * How these trials are best scored: by AS-Norm unless plain cosines lose clearly less (Cllr) on speakers that took no part in
 * fitting, as where the cohort is of another kind than the voices. `qualities`: undefined where speakers are too few to say.
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
  const [normalized, cosine] = USUAL_METHODS.map(cllrOf);
  if (!known.includes("as-norm")) return { method: "cosine", qualities: some(qualities) };
  const plain = normalized !== undefined && cosine !== undefined && cosine < COSINE_WINS_BELOW * normalized;
  return { method: plain ? "cosine" : "as-norm", qualities: some(qualities) };
}

const some = <T>(items: readonly T[]) => (items.length > 0 ? items : undefined);

/** Undefined where the trials cannot be fitted at all. */
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
  const known = (llrs: Llrs) => llrs.filter((llr) => llr !== undefined);
  const [g, i] = [known(genuine), known(impostor)];
  if (g.length === 0 || i.length === 0 || g.length < genuine.length || i.length < impostor.length)
    return undefined;
  return { cllr: cllr(g, i), eer: eer(g, i).eer };
}
