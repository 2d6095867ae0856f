import { bucketOf, fitLlr, operatingPoints } from "../../lib/score/calibration.ts";
import { eer } from "../../lib/score/metrics.ts";
import { scoreBy } from "../../lib/score/norm.ts";
import { type CalibrationTable, METHODS, type Method } from "../../lib/score/types.ts";
import { cosine } from "../../lib/score/vector.ts";
import type { CalibrationTrial } from "./trials.ts";

const BUCKETS = ["any", "1-2s", "2-4s", "4-8s", "8s+"] as const;
const BANDWIDTHS = ["any", "wide", "telephone"] as const;
const FARS = [0.0001, 0.001, 0.01, 0.05];
/** Fewer genuine trials than this of a kind: its FRR would be a guess, and a wider table is used. */
export const MIN_GENUINE = 50;

type Kind = Pick<CalibrationTable, "bandwidth" | "bucket">;
export type Fitted = {
  tables: CalibrationTable[];
  /** Kinds of trial that were too few for a table of their own. */
  missing: (Kind & { genuineTrials: number })[];
  /** By method, bandwidth and bucket. */
  eer: Record<string, Record<string, Record<string, number>>>;
};

/** One table per method, duration bucket and bandwidth, and the EER that each had on these trials. */
export function fitTables(trials: readonly CalibrationTrial[]): Fitted {
  const fitted: Fitted = { tables: [], missing: [], eer: {} };
  const kinds = BANDWIDTHS.flatMap((bandwidth) => BUCKETS.map((bucket): Kind => ({ bandwidth, bucket })));
  for (const kind of kinds) {
    const own = trials.filter((trial) => isOf(kind, trial));
    const genuineTrials = own.filter((trial) => trial.genuine).length;
    if (genuineTrials < MIN_GENUINE) fitted.missing.push({ ...kind, genuineTrials });
    else for (const method of METHODS) fitKind(fitted, kind, method, own);
  }
  return fitted;
}

const isOf = ({ bandwidth, bucket }: Kind, trial: CalibrationTrial): boolean =>
  (bucket === "any" || bucketOf(trial.seconds) === bucket) &&
  (bandwidth === "any" || trial.bandwidth === bandwidth);

function fitKind(fitted: Fitted, kind: Kind, method: Method, trials: readonly CalibrationTrial[]): void {
  const scores = (genuine: boolean) =>
    trials.filter((trial) => trial.genuine === genuine).map((trial) => scoreOf(method, trial));
  const [genuine, impostor] = [scores(true), scores(false)];
  fitted.eer[method] ??= {};
  fitted.eer[method][kind.bandwidth] ??= {};
  fitted.eer[method][kind.bandwidth][kind.bucket] = eer(genuine, impostor).eer;
  const points = operatingPoints(genuine, impostor, FARS);
  fitted.tables.push({ method, ...kind, llr: fitLlr(genuine, impostor), points });
}

const scoreOf = (method: Method, { enrolled, probe }: CalibrationTrial): number =>
  scoreBy(method, cosine(enrolled.embedding, probe.embedding), enrolled.stats, probe.stats);
