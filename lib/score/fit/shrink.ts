import { methodOf, unboundedLlr } from "../scoring/calibration.ts";
import type { Calibration, CalibrationTable, OperatingPoint } from "../scoring/types.ts";
import { classOf, type KnownTrial, rateOf } from "./fit.ts";
import { posteriorThreshold } from "./posterior-threshold.ts";

/** Standard deviations of the prior: scale (around 1) and offset (around 0) of the ratios. */
const SCALE_STD = 0.3;
const OFFSET_STD = 2;
const STEPS = 50;

/** Whether a calibration can be the prior: its thresholds are likelihood ratios. */
export const canBePrior = (prior: Pick<Calibration, "method" | "tables">): boolean =>
  ownTables(prior).some(({ thresholdsOn }) => thresholdsOn === "llr");

/**
 * Returns the prior's tables, moved towards these trials by as much as their speakers support. The
 * log-likelihood ratios of each kind of trial are scaled and shifted (maximum a posteriori, with
 * normal priors around no change; each speaker counts as one genuine and one impostor trial), and
 * thresholds are those of the posterior mean of the false-accept rate (`posteriorThreshold`). Kinds
 * without genuine trials keep the prior's tables. With no speakers the result is the prior, with
 * many it is what the trials say.
 *
 * prior  a calibration that passes `canBePrior`
 */
export function shrunkTables(
  trials: readonly KnownTrial[],
  prior: Pick<Calibration, "method" | "tables">,
): CalibrationTable[] {
  const method = methodOf(prior);
  return ownTables(prior).flatMap((table) => {
    if (table.bucket !== "any") return [];
    const own = trials.filter((trial) => isOf(table, trial) && trial.scores[method] !== undefined);
    const genuine = own.filter((trial) => trial.genuine);
    if (genuine.length === 0 || genuine.length === own.length) return [table];
    return [shrunk(table, own)];
  });
}

const ownTables = (prior: Pick<Calibration, "method" | "tables">): readonly CalibrationTable[] =>
  prior.tables.filter((table) => table.method === methodOf(prior));

const isOf = ({ bandwidth, crossBand }: CalibrationTable, { conditions }: KnownTrial): boolean =>
  (bandwidth === "any" || conditions.bandwidth === bandwidth) &&
  (crossBand === undefined || (conditions.crossBand ?? false) === crossBand);

function shrunk(table: CalibrationTable, own: readonly KnownTrial[]): CalibrationTable {
  const [genuine, impostor] = [true, false].map((same) => classOf(own, same));
  const llrs = ({ trials }: typeof genuine) =>
    Float64Array.from(trials, ({ scores, conditions }) =>
      unboundedLlr(table, scores[table.method] ?? Number.NaN, conditions),
    );
  const [g, i] = [llrs(genuine), llrs(impostor)];
  const { scale, offset } = posteriorLine(g, i, genuine.speakers);
  const moved = (llr: number) => scale * llr + offset;
  const [ownGenuine, ownImpostor] = [g.map(moved), i.map(moved)];
  const before = table.points.map(({ far, threshold }) => ({ far, threshold: moved(threshold) }));
  const points = table.points.flatMap((point): OperatingPoint[] => {
    const threshold = posteriorThreshold(before, ownImpostor, impostor.speakers, point.far);
    if (threshold === undefined) return [];
    const far = rateOf(impostor, (n) => ownImpostor[n] >= threshold);
    const frr = rateOf(genuine, (n) => ownGenuine[n] < threshold);
    const counts = { genuineTrials: g.length, impostorTrials: i.length };
    return [{ far: point.far, threshold, frr: frr.rate, ...counts, measured: { far, frr } }];
  });
  const { measures } = table.llr;
  const llr = {
    ...table.llr,
    slope: scale * table.llr.slope,
    offset: scale * table.llr.offset + offset,
    ...(measures && { measures: measures.map((term) => ({ ...term, weight: scale * term.weight })) }),
  };
  return { ...table, llr, points };
}

/**
 * Minimizes speakers * (mean over genuine of ln(1 + e^-f) + mean over impostors of ln(1 + e^f)) for
 * f = scale * llr + offset, plus the prior's squares, by Newton's method. The objective is strictly
 * convex.
 */
function posteriorLine(genuine: Float64Array, impostor: Float64Array, speakers: number) {
  let scale = 1;
  let offset = 0;
  for (let step = 0; step < STEPS; step++) {
    const [pa, pb] = [1 / SCALE_STD ** 2, 1 / OFFSET_STD ** 2];
    const sums = { a: pa * (scale - 1), b: pb * offset, aa: pa, ab: 0, bb: pb };
    for (const [values, sign] of [[genuine, 1] as const, [impostor, -1] as const])
      for (const x of values) {
        const wrong = 1 / (1 + Math.exp(sign * (scale * x + offset)));
        const weight = speakers / values.length;
        const curve = weight * wrong * (1 - wrong);
        sums.a -= sign * weight * wrong * x;
        sums.b -= sign * weight * wrong;
        sums.aa += curve * x * x;
        sums.ab += curve * x;
        sums.bb += curve;
      }
    const determinant = sums.aa * sums.bb - sums.ab ** 2;
    const [da, db] = [
      (sums.bb * sums.a - sums.ab * sums.b) / determinant,
      (sums.aa * sums.b - sums.ab * sums.a) / determinant,
    ];
    // Half steps while far away keep Newton from overshooting a flat tail.
    const part = Math.min(1, 1 / Math.max(Math.abs(da), Math.abs(db), 1e-12));
    scale = Math.max(0.05, scale - part * da);
    offset -= part * db;
    if (Math.abs(da) + Math.abs(db) < 1e-10) break;
  }
  return { scale, offset };
}
