import { fitTables, type KnownTrial, type MissingKind } from "../../lib/score/fit/fit.ts";
import { scoresBy } from "../../lib/score/scoring/norm.ts";
import type { CalibrationTable } from "../../lib/score/scoring/types.ts";
import { cosine } from "../../lib/score/scoring/vector.ts";
import type { CalibrationTrial } from "./trials.ts";

type Fitted = {
  tables: CalibrationTable[];
  missing: MissingKind[];
  /** By method, bandwidth and bucket. */
  eer: Record<string, Record<string, Record<string, number>>>;
};

/**
 * Fits one table per method, duration bucket and bandwidth, with the EER of each on these trials.
 */
export function fitModelTables(trials: readonly CalibrationTrial[]): Fitted {
  const { tables, missing, fitted } = fitTables(trials.map(knownTrial));
  const rates: Fitted["eer"] = {};
  for (const { kind, eer } of fitted)
    for (const [method, rate] of Object.entries(eer)) {
      rates[method] ??= {};
      rates[method][kind.bandwidth] ??= {};
      rates[method][kind.bandwidth][kind.bucket] = rate;
    }
  return { tables, missing, eer: rates };
}

function knownTrial({ genuine, seconds, bandwidth, enrolled, probe }: CalibrationTrial): KnownTrial {
  return {
    genuine,
    enrolled: enrolled.speaker,
    probe: probe.speaker,
    conditions: { seconds, bandwidth, longerSeconds: Math.max(enrolled.seconds, probe.seconds) },
    scores: scoresBy(cosine(enrolled.embedding, probe.embedding), enrolled.stats, probe.stats),
  };
}
