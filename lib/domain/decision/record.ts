import type { Quality } from "../../audio/types.ts";
import { AppError } from "../../error.ts";
import { type DecisionId, makeTimedId, type RegistryId } from "../../id.ts";
import type { DecisionRecord, KeptProbe } from "../../ports/decision.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import type { Speaker } from "../../ports/speaker.ts";
import { type EventNeeds, type RegistryEvent, withEvents } from "../event/outgoing.ts";
import { isPoor, isShort } from "../scoring/probe-quality.ts";
import { type ActiveSetup, type ScoringSetup, scoringSetup } from "../scoring/setup.ts";
import { speechOf } from "../scoring/speech.ts";

/**
 * Adds an id to the reply and stores it, so that `explainDecision` can explain it later.
 *
 * events  of this decision, beside `decision.made`
 * heard   what to keep of its probe
 */
export async function recordDecision<Content extends DecidedContent>(
  services: EventNeeds & Pick<Services, "decisions">,
  subject: Pick<DecisionRecord, "operation" | "uid"> & { registry: Registry },
  content: Content,
  {
    events = () => [],
    heard = () => undefined,
  }: {
    events?: (decisionId: DecisionId) => readonly RegistryEvent[];
    heard?: (made: Pick<DecisionRecord, "at" | "decisionId">) => KeptProbe | undefined;
  } = {},
): Promise<Content & { decisionId: DecisionId }> {
  const { registry, operation, uid } = subject;
  const { registryId, settings } = registry;
  const now = services.clock.now();
  const at = now.toISOString();
  const decisionId = makeTimedId("dec", now.getTime(), services.random.bytes(10));
  const reply = { decisionId, ...content };
  const listed = settings.speakerHistorySince !== undefined && uid !== undefined ? true : undefined;
  const record = { registryId, operation, uid, listed, days: settings.decisionDays, decisionId, at, reply };
  const all = [...madeEvents(registry, record, content), ...events(decisionId)];
  await withEvents(services, registryId, all, (outgoing) =>
    services.decisions.put(record, { outgoing, heard: heard({ decisionId, at }) }),
  );
  return reply;
}

type DecidedContent = { decision: string; reasons: readonly string[] };

function madeEvents(
  { settings }: Registry,
  { decisionId, operation, uid }: DecisionRecord,
  { decision, reasons }: DecidedContent,
): RegistryEvent[] {
  if (!settings.decisionEvents) return [];
  const data = { decisionId, operation, decision, reasons: [...reasons], uid: uid ?? null };
  return [{ type: "decision.made", data }];
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
  { cohort, calibration, calibrationSource }: ActiveSetup,
) => ({
  model: services.embedder.model.modelId,
  cohort: cohort.id,
  calibration: calibration.id,
  calibrationSource,
});

/** The warning that the thresholds in force were not measured on the registry's own voices. */
export const thresholdWarnings = ({ calibrationSource }: Pick<ActiveSetup, "calibrationSource">): string[] =>
  calibrationSource === "bundled" ? ["thresholds-not-of-your-voices"] : [];

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
