import type { DecisionId, RegistryId } from "../../id.ts";
import type { Services } from "../../ports/services.ts";
import { scoringSetup } from "../scoring/setup.ts";
import { decisionNotFound, type PastDecision, pastDecision } from "./list.ts";
import { readDecision } from "./record.ts";
import { type ReplayedDecision, replayDecision } from "./replay.ts";

/** A past decision: the reply as it was sent, and what has changed since. */
export type Explained = PastDecision & {
  now: {
    sameModel: boolean;
    sameCohort: boolean;
    sameCalibration: boolean;
    /** The decision that the active calibration makes on the same scores; null if it can't. */
    again: ReplayedDecision | null;
  };
};

/** Explains a stored decision. Throws `decision-not-found` for any other. */
export async function explainDecision(
  services: Pick<Services, "active" | "calibrations" | "cohorts" | "decisions" | "embedder">,
  input: { registryId: RegistryId; decisionId: DecisionId },
): Promise<Explained> {
  const record = await readDecision(services, input);
  const past = record && pastDecision(record);
  if (!past) throw decisionNotFound(input.decisionId);
  const { cohort, calibration } = await scoringSetup(services, input.registryId);
  const { reply } = past;
  return {
    ...past,
    now: {
      sameModel: reply.model === services.embedder.model.modelId,
      sameCohort: reply.cohort === cohort.id,
      sameCalibration: reply.calibration === calibration.id,
      again: replayDecision(record, calibration) ?? null,
    },
  };
}
