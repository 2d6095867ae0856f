import type { SpeakerId, SpeakerUid } from "../../id.ts";
import { DECISION_DAYS } from "../../ports/decision.ts";
import type { Registry } from "../../ports/registry.ts";
import type { RetentionState } from "../../ports/retention.ts";
import type { Services } from "../../ports/services.ts";
import { type AuditNeeds, record } from "../audit/record.ts";
import { expiryOf, hasExpired } from "../expiry.ts";
import { expireCandidates } from "../people/expire.ts";
import { eraseSpeaker } from "../speaker/erase.ts";
import type { ErasureReceipt } from "../speaker/erasure-receipt.ts";
import { everySpeaker } from "../speaker/every-speaker.ts";
import { ignoreErased } from "../speaker/speaker.ts";

const DAY_MS = 86_400_000;

/**
 * How far the clock may be ahead of the last sweep. Sweeps run every hour or every day, so a longer
 * gap means that the clock jumped, or that the service was off.
 */
export const MOST_GAP_DAYS = 7;

type Needs = AuditNeeds & Parameters<typeof eraseSpeaker>[0] & Pick<Services, "decisions" | "retention">;

/**
 * The outcome of a sweep. `first` and `paused` sweeps erase nothing: there is no earlier sweep to
 * compare the clock with, or it is more than MOST_GAP_DAYS before now.
 *
 * decisions  how many decisions expire earlier now, because `decisionDays` was lowered
 */
export type RetentionSweep = {
  state: "first" | "paused" | "swept";
  erased: readonly ErasureReceipt[];
  decisions: number;
  /** How many candidate voices were deleted. */
  candidates: number;
  sweptAt: string | undefined;
};

/** A speaker that has expired, or will have expired by a given time. */
export type DueSpeaker = { id: SpeakerId; uid: SpeakerUid; clips: number; expiresAt: string };

/**
 * Erases the registry's expired speakers, and shortens the lives of decisions to a lowered
 * `decisionDays`. Can be interrupted and repeated.
 *
 * A wrong clock must not erase anybody early. So the sweep does nothing if the clock is more than
 * MOST_GAP_DAYS ahead of the last sweep, until an operator confirms that it is right.
 *
 * confirmed  the clock is right, whatever the last sweep says
 */
export async function sweepRetention(
  services: Needs,
  input: { registry: Registry; confirmed?: boolean | undefined; signal?: AbortSignal | undefined },
): Promise<RetentionSweep> {
  const { registry, confirmed, signal } = input;
  const { registryId, settings } = registry;
  const before = await services.retention.get(registryId);
  const days = settings.decisionDays ?? DECISION_DAYS;
  const isLowered = days < (before?.decisionDays ?? DECISION_DAYS);
  const decisions = isLowered ? await services.decisions.shorten(registryId, days) : 0;
  const now = services.clock.now();
  const state = confirmed ? "swept" : clockState(before, now);
  const sweptAt = state === "paused" && before ? before.sweptAt : now.toISOString();
  await services.retention.put({ registryId, sweptAt, decisionDays: days });
  const erased: ErasureReceipt[] = [];
  if (state !== "swept") return { state, erased, decisions, candidates: 0, sweptAt: before?.sweptAt };
  for await (const speaker of everySpeaker(services, registryId)) {
    if (signal?.aborted) break;
    if (!hasExpired(services, speaker, settings)) continue;
    const receipt = await eraseSpeaker(services, speaker).catch(ignoreErased);
    if (!receipt) continue;
    const { speakerId } = speaker;
    await record(services, { registryId, operation: "sweep", speakerId, details: { expired: true } }, "done");
    erased.push(receipt);
  }
  const candidates = signal?.aborted ? 0 : await expireCandidates(services, registry);
  return { state, erased, decisions, candidates, sweptAt: before?.sweptAt };
}

/** Whether a sweep at this time may erase: see RetentionSweep. */
export function clockState(before: RetentionState | undefined, now: Date): RetentionSweep["state"] {
  if (!before) return "first";
  return now.getTime() - Date.parse(before.sweptAt) > MOST_GAP_DAYS * DAY_MS ? "paused" : "swept";
}

/**
 * Looks through one page of the registry's speakers, and returns those that a sweep at time `by`
 * erases, with the state of the sweeps.
 *
 * limit  how many speakers to look through, 1 to 1000
 */
export async function retentionPage(
  services: Pick<Services, "clock" | "retention" | "speakers">,
  input: { registry: Registry; by: Date; limit: number; after?: string | undefined },
) {
  const { registry, by, limit, after } = input;
  const { registryId, settings } = registry;
  const state = await services.retention.get(registryId);
  const { items, next } = await services.speakers.list(registryId, after, limit);
  const speakers = items.flatMap((speaker): DueSpeaker[] => {
    const expiresAt = expiryOf(speaker, settings);
    if (expiresAt === undefined || Date.parse(expiresAt) > by.getTime()) return [];
    return [{ id: speaker.speakerId, uid: speaker.uid, clips: speaker.clips.length, expiresAt }];
  });
  return {
    by: by.toISOString(),
    speakerDays: settings.speakerDays ?? null,
    decisionDays: settings.decisionDays ?? DECISION_DAYS,
    sweptAt: state?.sweptAt ?? null,
    paused: clockState(state, services.clock.now()) !== "swept",
    speakers,
    next,
  };
}

/** Throws RangeError if a sweep was paused: an operator has to look at the clock. */
export function requireSwept({ name }: Pick<Registry, "name">, { state, sweptAt }: RetentionSweep): void {
  if (state === "paused")
    throw new RangeError(
      `expired speakers of registry "${name}" are not erased: the clock is more than ${MOST_GAP_DAYS} days ahead ` +
        `of the last sweep (${sweptAt}). Check it, then run \`voiceroll registry sweep --confirm-clock\``,
    );
}
