import type { Side } from "../domain/scoring/side.ts";
import { conditionsOf } from "../domain/scoring/trial.ts";
import { bucketOf, llrOf, tableFor } from "../score/scoring/calibration.ts";
import { scoreBy, tNorm } from "../score/scoring/norm.ts";
import { type Calibration, type CalibrationTable, METHODS, type Method } from "../score/scoring/types.ts";
import { cosine } from "../score/scoring/vector.ts";
import type { Trial } from "./trial-list.ts";

/** The methods of an evaluation: the service's own, and T-Norm. */
export const MEASURED = ["cosine", "z-norm", "t-norm", "s-norm", "as-norm"] as const;
/** "given": the scores of a scored list. */
export type MeasuredMethod = (typeof MEASURED)[number] | "given";

export const METHOD_NAMES: Record<MeasuredMethod, string> = {
  cosine: "Cosine",
  "z-norm": "Z-Norm",
  "t-norm": "T-Norm",
  "s-norm": "S-Norm",
  "as-norm": "AS-Norm",
  given: "Given scores",
};

/**
 * One method's scores, [T] in the order of the trials. `llrs`: natural-log likelihood ratios as the
 * service would give them; undefined without a calibration for the method.
 */
export type MethodScores = { method: MeasuredMethod; scores: Float64Array; llrs: Float64Array | undefined };

export type Pair = { enrolled: Side; probe: Side };

type Comparison = Pair & { raw: number };

/**
 * Scores every pair by every method. Z-Norm uses the statistics of the enrolled side, T-Norm those
 * of the probe. Returns cosine only if a side has no statistics.
 */
export function scoreByAll(pairs: readonly Pair[], calibration: Calibration | undefined): MethodScores[] {
  const comparisons = pairs.map((pair) => ({ ...pair, raw: cosine(pair.enrolled.voice, pair.probe.voice) }));
  const normalizable = pairs.every(({ enrolled, probe }) => enrolled.stats && probe.stats);
  return MEASURED.filter((method) => normalizable || method === "cosine").map((method) => {
    const scores = Float64Array.from(comparisons, (comparison) => scoreOf(method, comparison));
    return { method, scores, llrs: calibration && llrsBy(method, scores, pairs, calibration) };
  });
}

function scoreOf(method: (typeof MEASURED)[number], { raw, enrolled, probe }: Comparison): number {
  if (method === "cosine" || !enrolled.stats || !probe.stats) return raw;
  if (method === "t-norm") return tNorm(raw, probe.stats);
  return scoreBy(method, raw, enrolled.stats, probe.stats);
}

function llrsBy(
  method: MeasuredMethod,
  scores: Float64Array,
  pairs: readonly Pair[],
  calibration: Calibration,
): Float64Array | undefined {
  if (!isServed(method)) return undefined;
  const llrs = new Float64Array(scores.length);
  const tables = new Map<string, CalibrationTable>();
  for (const [t, { enrolled, probe }] of pairs.entries()) {
    const conditions = conditionsOf(enrolled, probe);
    // tableFor depends on these only, and 100,000 trials share about a dozen combinations.
    const kind = `${bucketOf(conditions.seconds)} ${conditions.bandwidth} ${conditions.crossBand}`;
    const table = tables.get(kind) ?? tableFor(calibration, method, conditions);
    const score = scores[t];
    if (!table || score === undefined) return undefined;
    tables.set(kind, table);
    llrs[t] = llrOf(table, score, conditions);
  }
  return llrs;
}

/** Splits scores, in the order of the trials, by the trials' labels. */
export const scoresByClass = (trials: readonly Trial[], scores: Float64Array) => ({
  genuine: scores.filter((_, t) => trials[t]?.target === true),
  impostor: scores.filter((_, t) => trials[t]?.target === false),
});

/** T-Norm and given scores have no calibration, because the service doesn't use them. */
const isServed = (method: MeasuredMethod): method is Method => METHODS.some((served) => served === method);
