import { bucketOf, fitLlr, operatingPoints } from "../../lib/score/calibration.ts";
import { eer } from "../../lib/score/metrics.ts";
import { scoreBy } from "../../lib/score/norm.ts";
import { type CalibrationTable, METHODS, type Method } from "../../lib/score/types.ts";
import { cosine } from "../../lib/score/vector.ts";
import type { CalibrationTrial } from "./trials.ts";

const BUCKETS = ["any", "1-2s", "2-4s", "4-8s", "8s+"] as const;
const FARS = [0.0001, 0.001, 0.01, 0.05];
/** Fewer genuine trials than this in a bucket: its FRR would be a guess, and the pooled table is used. */
const MIN_GENUINE = 50;

export type Fitted = { tables: CalibrationTable[]; eer: Record<string, Record<string, number>> };

/** One table per method and duration bucket, and the EER that each had on these trials. */
export function fitTables(trials: readonly CalibrationTrial[]): Fitted {
  const fitted: Fitted = { tables: [], eer: {} };
  for (const method of METHODS) {
    const scored = trials.map((trial) => ({ ...trial, score: scoreOf(method, trial) }));
    fitted.eer[method] = {};
    for (const bucket of BUCKETS) {
      const own = scored.filter(({ seconds }) => bucket === "any" || bucketOf(seconds) === bucket);
      const genuine = own.filter((trial) => trial.genuine).map(({ score }) => score);
      const impostor = own.filter((trial) => !trial.genuine).map(({ score }) => score);
      if (genuine.length < MIN_GENUINE) continue;
      fitted.eer[method][bucket] = eer(genuine, impostor).eer;
      const points = operatingPoints(genuine, impostor, FARS);
      fitted.tables.push({ method, bucket, llr: fitLlr(genuine, impostor), points });
    }
  }
  return fitted;
}

const scoreOf = (method: Method, { enrolled, probe }: CalibrationTrial): number =>
  scoreBy(method, cosine(enrolled.embedding, probe.embedding), enrolled.stats, probe.stats);
