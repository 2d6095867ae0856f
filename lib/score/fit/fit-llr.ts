import { measureOf } from "../scoring/measures.ts";
import type { LlrMap, Measure, TrialConditions } from "../scoring/types.ts";
import { type Columns, logisticRegression, type Weights } from "./logistic.ts";

type Scores = ArrayLike<number>;
/** One class of trials: their scores and conditions. */
export type Scored = { scores: Scores; conditions: readonly TrialConditions[] };

/** A measure with a smaller spread than this is left out, in its own unit. */
const LEAST_SPREAD: Record<Measure, number> = {
  ...{ shorter: 0.1, longer: 0.1, snr: 1, clips: 0.1 },
  ...{ cohortMean: 0.01, cohortSpread: 0.001, crossBand: 0.1 },
};
/** The measures that a registry's own calibration may use. */
const OWN_MEASURES: readonly Measure[] = ["shorter", "longer", "snr"];
/**
 * Each class is thinned evenly to this many. The error that adds is far below the error from
 * speakers.
 */
const MOST_TRIALS = 20_000;

/**
 * Fits the line from scores to natural-log likelihood ratios by prior-weighted linear logistic
 * regression. Genuine and impostor trials weigh one half each (effective prior 0.5), so the line is
 * zero where both are equally likely.
 *
 * genuine, impostor  finite scores, at least one each and not all equal
 *
 * Throws RangeError if genuine trials don't score higher: a decreasing map would reverse the
 * evidence.
 *
 * Source: Brummer and du Preez 2006, doi:10.1016/j.csl.2005.08.001 (as in the FoCal toolkit).
 * Fitted on standardized scores with a ridge of 1e-6 (logistic.ts), so that classes without overlap
 * give a steep line, not an infinite one.
 */
export function fitLlr(genuine: Scores, impostor: Scores): LlrMap {
  const plain = (scores: Scores) => ({ scores, conditions: [] });
  return mapOf(plain(genuine), plain(impostor), []);
}

/**
 * Fits the same with quality measures in addition to the score: the durations and the
 * signal-to-noise ratio of a trial (measures.ts). A measure that hardly varies in these trials is
 * left out. Unknown values count as the mean of the known.
 */
export function fitLlrWithMeasures(genuine: Scored, impostor: Scored): LlrMap {
  return mapOf(genuine, impostor, OWN_MEASURES);
}

/** Trials in named groups, [N] in the order of the scores. */
export type Grouped = Scored & { groups: readonly string[] };

/**
 * Fits the same with the given measures, and with the same weight for every group in its class,
 * however many trials it has. Every trial counts.
 */
export function fitLlrWeighted(genuine: Grouped, impostor: Grouped, measures: readonly Measure[]): LlrMap {
  return mapOf(genuine, impostor, measures, {
    positive: sharesOf(genuine.groups),
    negative: sharesOf(impostor.groups),
  });
}

function sharesOf(groups: readonly string[]): Float64Array {
  const counts = new Map<string, number>();
  for (const group of groups) counts.set(group, (counts.get(group) ?? 0) + 1);
  return Float64Array.from(groups, (group) => 1 / (counts.size * (counts.get(group) ?? 1)));
}

function mapOf(genuine: Scored, impostor: Scored, measures: readonly Measure[], shares?: Weights): LlrMap {
  const g = shares ? genuine : thinned(genuine);
  const i = shares ? impostor : thinned(impostor);
  const scores = standardized(Float64Array.from(g.scores), Float64Array.from(i.scores));
  if (g.scores.length === 0 || i.scores.length === 0 || !scores)
    throw new RangeError("can't fit: a class has no scores, all are equal, or one isn't finite");
  const used = measures.flatMap((measure) => columnsOf(measure, g, i) ?? []);
  const columns = (side: "genuine" | "impostor"): Columns => [scores[side], ...used.map((one) => one[side])];
  const { weights, offset } = logisticRegression(columns("genuine"), columns("impostor"), shares);
  if (!(weights[0] > 0)) throw new RangeError("genuine trials don't score higher than impostor trials");
  const all = [scores, ...used];
  const line = {
    slope: weights[0] / scores.std,
    offset: all.reduce((sum, { mean, std }, k) => sum - (weights[k] * mean) / std, offset),
  };
  if (used.length === 0) return line;
  const terms = used.map(({ measure, mean, std, from, to }, k) => {
    return { measure, weight: weights[k + 1] / std, from, to, typical: mean };
  });
  return { ...line, measures: terms };
}

function thinned({ scores, conditions }: Scored): Scored {
  const step = scores.length / MOST_TRIALS;
  if (step <= 1) return { scores, conditions };
  const at = Array.from({ length: MOST_TRIALS }, (_, n) => Math.floor(n * step));
  return {
    scores: at.map((n) => scores[n]),
    conditions: conditions.length ? at.map((n) => conditions[n]) : [],
  };
}

function columnsOf(measure: Measure, genuine: Scored, impostor: Scored) {
  const values = ({ conditions }: Scored) => conditions.map((one) => measureOf(measure, one));
  const g = values(genuine);
  const i = values(impostor);
  const known = [...g, ...i].filter((x) => x !== undefined);
  if (known.length === 0) return undefined;
  const typical = known.reduce((sum, x) => sum + x, 0) / known.length;
  const filled = (column: readonly (number | undefined)[]) => Float64Array.from(column, (x) => x ?? typical);
  const columns = standardized(filled(g), filled(i));
  if (!columns || columns.std < LEAST_SPREAD[measure]) return undefined;
  const from = known.reduce((least, x) => Math.min(least, x));
  const to = known.reduce((most, x) => Math.max(most, x));
  return { ...columns, measure, from, to };
}

/**
 * Returns both classes minus their common mean, over their common std; undefined if that is 0 or
 * not finite.
 */
function standardized(genuine: Float64Array, impostor: Float64Array) {
  const count = genuine.length + impostor.length;
  const total = (of: (x: number) => number) =>
    [genuine, impostor].reduce((sum, xs) => xs.reduce((part, x) => part + of(x), sum), 0);
  const mean = total((x) => x) / count;
  const std = Math.sqrt(total((x) => (x - mean) ** 2) / count);
  if (!(std > 0 && std < Number.POSITIVE_INFINITY)) return undefined;
  const standard = (xs: Float64Array) => xs.map((x) => (x - mean) / std);
  return { genuine: standard(genuine), impostor: standard(impostor), mean, std };
}
