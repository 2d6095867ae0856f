import { type DecisionId, makeId, type RegistryId } from "../../id.ts";
import type { DecisionRecord } from "../../ports/decision.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import type { ScoringSetup } from "../scoring/setup.ts";

/** Gives the reply its id and keeps it, so that it can be explained later. */
export async function recordDecision<Content extends object>(
  services: Pick<Services, "clock" | "decisions" | "random">,
  subject: Pick<DecisionRecord, "operation" | "registryId" | "uid">,
  content: Content,
): Promise<Content & { decisionId: DecisionId }> {
  const decisionId = makeId("dec", services.random.bytes(16));
  const reply = { decisionId, ...content };
  const at = services.clock.now().toISOString();
  await services.decisions.put({ ...subject, decisionId, at, reply });
  return reply;
}

/** Undefined for an unknown decision, another registry's, or one older than the store keeps. */
export function readDecision(
  services: Pick<Services, "decisions">,
  input: { registryId: RegistryId; decisionId: DecisionId },
): Promise<DecisionRecord | undefined> {
  return services.decisions.get(input.registryId, input.decisionId);
}

/** What every decision names as its grounds. */
export const groundsOf = (services: Pick<Services, "embedder">, { cohort, calibration }: ScoringSetup) => ({
  spoofCheck: "none" as const,
  model: services.embedder.model.modelId,
  cohort: cohort.id,
  calibration: calibration.id,
});

/** The operating point: the request's, else the registry's, else the calibration's. */
export const farOf = (asked: number | undefined, registry: Registry, { calibration }: ScoringSetup): number =>
  asked ?? registry.settings.far ?? calibration.defaultFar;
