import type { Side } from "../domain/scoring/side.ts";
import { conditionsOf } from "../domain/scoring/trial.ts";
import { bucketOf, llrOf, tableFor } from "../score/scoring/calibration.ts";
import { scoreBy, tNorm } from "../score/scoring/norm.ts";
import { type Calibration, type CalibrationTable, METHODS, type Method } from "../score/scoring/types.ts";
import { cosine } from "../score/scoring/vector.ts";

/** What is measured side by side: the service's methods, and T-Norm. "given": the scores of a scored list. */
export const MEASURED = ["cosine", "z-norm", "t-norm", "s-norm", "as-norm"] as const;
export type MeasuredMethod = (typeof MEASURED)[number] | "given";

export const METHOD_NAMES: Record<MeasuredMethod, string> = {
  cosine: "Cosine",
  "z-norm": "Z-Norm",
  "t-norm": "T-Norm",
  "s-norm": "S-Norm",
  "as-norm": "AS-Norm",
  given: "Given scores",
};

/** [T] in the order of the trials. `llrs`: natural logarithm, as the service would give them; undefined without calibration. */
export type MethodScores = { method: MeasuredMethod; scores: Float64Array; llrs: Float64Array | undefined };

export type Pair = { enrolled: Side; probe: Side };

/** Cosine alone where a side has no statistics. */
export function scoreByAll(pairs: readonly Pair[], calibration: Calibration | undefined): MethodScores[] {
  const raw = Float64Array.from(pairs, ({ enrolled, probe }) => cosine(enrolled.voice, probe.voice));
  const normalized = pairs.every(({ enrolled, probe }) => enrolled.stats && probe.stats);
  return MEASURED.filter((method) => normalized || method === "cosine").map((method) => {
    const scores = Float64Array.from(pairs, (pair, t) => scoreOf(method, raw[t], pair));
    return { method, scores, llrs: calibration && llrsBy(method, scores, pairs, calibration) };
  });
}

function scoreOf(method: (typeof MEASURED)[number], raw: number, { enrolled, probe }: Pair): number {
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
    // What tableFor looks at: a hundred thousand trials are of a dozen kinds.
    const kind = `${bucketOf(conditions.seconds)} ${conditions.bandwidth}`;
    const table = tables.get(kind) ?? tableFor(calibration, method, conditions);
    if (!table) return undefined;
    tables.set(kind, table);
    llrs[t] = llrOf(table, scores[t], conditions);
  }
  return llrs;
}

const isServed = (method: MeasuredMethod): method is Method => METHODS.some((served) => served === method);
