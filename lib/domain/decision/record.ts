import type { Quality } from "../../audio/types.ts";
import { AppError } from "../../error.ts";
import { type DecisionId, makeId, type RegistryId } from "../../id.ts";
import type { DecisionRecord } from "../../ports/decision.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import type { Speaker } from "../../ports/speaker.ts";
import { isPoor, isShort } from "../scoring/probe-quality.ts";
import { type ScoringSetup, scoringSetup } from "../scoring/setup.ts";
import { speechOf } from "../scoring/speech.ts";

/**
 * Adds an id to the reply and stores it, so that `explainDecision` can explain it later.
 *
 * alongside  another write for this decision, at the same time
 */
export async function recordDecision<Content extends object>(
  services: Pick<Services, "clock" | "decisions" | "random">,
  subject: Pick<DecisionRecord, "days" | "operation" | "registryId" | "uid">,
  content: Content,
  alongside?: (made: Pick<DecisionRecord, "at" | "decisionId">) => Promise<void>,
): Promise<Content & { decisionId: DecisionId }> {
  const decisionId = makeId("dec", services.random.bytes(16));
  const reply = { decisionId, ...content };
  const at = services.clock.now().toISOString();
  await Promise.all([
    services.decisions.put({ ...subject, decisionId, at, reply }),
    alongside?.({ decisionId, at }),
  ]);
  return reply;
}

/** Undefined for an unknown or expired decision, and for another registry's. */
export function readDecision(
  services: Pick<Services, "decisions">,
  input: { registryId: RegistryId; decisionId: DecisionId },
): Promise<DecisionRecord | undefined> {
  return services.decisions.get(input.registryId, input.decisionId);
}

/**
 * Reasons that weaken a decision without changing it: a short enrollment, a poor probe.
 *
 * speaker  the enrolled speaker; undefined if there is none
 */
export function caveatsOf(
  { settings }: Registry,
  speaker: Speaker | undefined,
  quality: Quality,
): { reasons: readonly ("enrollment_short" | "low_quality")[]; lowEvidence: boolean } {
  const enrollmentShort = speaker !== undefined && speechOf(speaker.clips) < settings.enrollSpeechSeconds;
  return {
    reasons: [
      ...(enrollmentShort ? (["enrollment_short"] as const) : []),
      ...(isPoor(quality) ? (["low_quality"] as const) : []),
    ],
    lowEvidence: enrollmentShort || isShort(quality),
  };
}

/** The model, cohort and calibration that a decision was made with. */
export const provenanceOf = (
  services: Pick<Services, "embedder">,
  { cohort, calibration }: ScoringSetup,
) => ({
  spoofCheck: "none" as const,
  model: services.embedder.model.modelId,
  cohort: cohort.id,
  calibration: calibration.id,
});

/** The registry's own operating point: the false-accept rate of requests that name none. */
export const ownFar = ({ settings }: Registry, { calibration }: ScoringSetup): number =>
  settings.far ?? calibration.defaultFar;

/** A false-accept rate that a request names, and whether it may exceed the registry's own. */
export type FarChoice = { far?: number | undefined; mayLoosen?: boolean | undefined };

/** Whether a request decides at a higher false-accept rate than the registry's own. */
export async function isLoosened(
  services: Parameters<typeof scoringSetup>[0],
  registry: Registry,
  { far, mayLoosen }: FarChoice,
): Promise<boolean> {
  if (far === undefined || !mayLoosen) return false;
  return far > (registry.settings.far ?? ownFar(registry, await scoringSetup(services, registry.registryId)));
}

/**
 * The false-accept rate to decide at: the request's, else the registry's own. Throws
 * `insufficient-scope` if the request's is higher and the caller may not loosen decisions.
 */
export function farOf({ far, mayLoosen }: FarChoice, registry: Registry, setup: ScoringSetup): number {
  const own = ownFar(registry, setup);
  if (far === undefined || far <= own || mayLoosen) return far ?? own;
  throw new AppError(
    "insufficient-scope",
    `This registry decides at a false-accept rate of ${own}. A higher rate needs the scope decisions:loosen.`,
  );
}
