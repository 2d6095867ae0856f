import { AppError } from "../../error.ts";
import type { DecisionId, RegistryId } from "../../id.ts";
import type { DecisionRecord } from "../../ports/decision.ts";
import type { Services } from "../../ports/services.ts";
import type { DecisionReply, IdentifyReply } from "../../schema/decision.ts";
import { scoringSetup } from "../scoring/setup.ts";
import { readDecision } from "./record.ts";
import { type Again, decideAgain, replyOf } from "./replay.ts";

/** A past decision: the whole answer as it was given, and what has changed since. */
export type Explained = Pick<DecisionRecord, "at" | "decisionId" | "operation"> & {
  reply: DecisionReply | IdentifyReply;
  now: {
    sameModel: boolean;
    sameCohort: boolean;
    sameCalibration: boolean;
    /** What the same scores would get from what is active now; null where they cannot be judged again. */
    again: Again | null;
  };
};

/** Explains any decision of the last 90 days; `decision-not-found` for others. */
export async function explainDecision(
  services: Pick<Services, "active" | "calibrations" | "cohorts" | "decisions" | "embedder">,
  input: { registryId: RegistryId; decisionId: DecisionId },
): Promise<Explained> {
  const record = await readDecision(services, input);
  const reply = record && replyOf(record);
  if (!record || !reply)
    throw new AppError("decision-not-found", `No decision ${input.decisionId} of the last 90 days.`);
  const { cohort, calibration } = await scoringSetup(services, input.registryId);
  const { decisionId, operation, at } = record;
  return {
    decisionId,
    operation,
    at,
    reply,
    now: {
      sameModel: reply.model === services.embedder.model.modelId,
      sameCohort: reply.cohort === cohort.id,
      sameCalibration: reply.calibration === calibration.id,
      again: decideAgain(record, calibration) ?? null,
    },
  };
}
