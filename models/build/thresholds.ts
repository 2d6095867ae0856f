import type { EmbedClip } from "../../lib/evaluate/embedding-cache.ts";
import type { Cohort } from "../../lib/score/scoring/types.ts";
import { conditionPieces } from "./condition-pieces.ts";
import { type CellTrial, conditionTrials } from "./condition-trials.ts";
import type { TrainClip } from "./corpus.ts";
import { withoutSuspects } from "./label-noise.ts";
import type { Sounds } from "./recording-conditions.ts";
import { type CohortBands, fitWorstFirst } from "./worst-corpus.ts";

const DEFAULT_FAR = 0.01;

const isRecorded = ({ cell }: CellTrial) => cell.endsWith("verified as recorded");

/**
 * Fits the thresholds of a model on speakers that it was never trained on, in every condition.
 * Returns the content of calibration.json without the limits of the check at enrollment.
 *
 * bands  as for fitWorstFirst
 */
export async function modelThresholds(
  embedClip: EmbedClip,
  cohort: Cohort,
  clips: readonly TrainClip[],
  sounds: Sounds,
  { bands, width }: { bands: CohortBands; width: number },
) {
  const pieces = await conditionPieces(embedClip, clips, sounds, width);
  const { pairs, kept } = withoutSuspects(conditionTrials(pieces, cohort), isRecorded);
  const { tables, eer } = fitWorstFirst(kept, bands);
  const speakers = new Set(clips.map(({ speaker }) => speaker)).size;
  const source =
    `${speakers} speakers held out of training, as recorded, by simulated telephone, in rooms and in noise; each ` +
    "threshold is the highest that any corpus needs in any condition for a third of the stated rate. Impostors are " +
    `of the same corpus, without the suspected duplicates ${pairs.join(", ") || "(none)"}`;
  const file = { version: 2 as const, defaultFar: DEFAULT_FAR, method: "cosine" as const, source, tables };
  return { file, eer, trials: kept.length, duplicates: pairs };
}
