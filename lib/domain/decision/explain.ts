import { AppError } from "../../error.ts";
import type { DecisionId, RegistryId } from "../../id.ts";
import { DECISION_DAYS, type DecisionRecord } from "../../ports/decision.ts";
import type { Services } from "../../ports/services.ts";
import type { DecisionReply, IdentifyReply } from "../../schema/decision.ts";
import { scoringSetup } from "../scoring/setup.ts";
import { readDecision } from "./record.ts";
import { type ReplayedDecision, replayDecision, replyOf } from "./replay.ts";

/** A past decision: the reply as it was sent, and what has changed since. */
export type Explained = Pick<DecisionRecord, "at" | "decisionId" | "operation"> & {
  reply: DecisionReply | IdentifyReply;
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
  const reply = record && replyOf(record);
  if (!record || !reply)
    throw new AppError(
      "decision-not-found",
      `No decision ${input.decisionId} is stored. Decisions are kept for ${DECISION_DAYS} days by default.`,
    );
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
      again: replayDecision(record, calibration) ?? null,
    },
  };
}
