import type { SpeakerUid } from "../../id.ts";
import { DECISION_DAYS } from "../../ports/decision.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import type { Speaker } from "../../ports/speaker.ts";
import { expiryOf, hasExpired } from "../expiry.ts";
import { purposesOf } from "../purposes.ts";
import { everySpeaker } from "../speaker/every-speaker.ts";

const DAY_MS = 86_400_000;
const PAGE = 1000;
/** Upper ends of the age groups, in days. */
export const AGES = [30, 90, 365] as const;

type Needs = Pick<Services, "clock" | "decisions" | "retention" | "speakers">;

/**
 * What a registry holds, and for how long. Counts of speakers, without IDs.
 *
 * byAge      by days since the last enrollment: under 30, under 90, under 365, more
 * consents   of those with a voice: recorded and in force, all withdrawn, only a reference, none
 * unused     those with a voice who appear in no stored decision
 * nextSweep  what a sweep at this moment would erase
 */
export type RegistryReport = {
  at: string;
  registry: string;
  retention: { speakerDays: number | null; decisionDays: number; keepAudio: boolean; sweptAt: string | null };
  speakers: { all: number; withVoice: number; recordings: number; optedOut: number };
  byAge: readonly number[];
  consents: { inForce: number; withdrawn: number; reference: number; none: number };
  decisions: { stored: number; oldest: string | null; newest: string | null };
  unused: number;
  nextSweep: { speakers: number };
  nextExpiry: string | null;
};

/** Reads every speaker and every stored decision, so it is for the command line. */
export async function registryReport(services: Needs, registry: Registry): Promise<RegistryReport> {
  const { registryId, settings, name } = registry;
  const now = services.clock.now();
  const { used, decisions } = await usesOf(services, registry);
  const speakers = { all: 0, withVoice: 0, recordings: 0, optedOut: 0 };
  const consents = { inForce: 0, withdrawn: 0, reference: 0, none: 0 };
  const byAge = [...AGES, Number.POSITIVE_INFINITY].map(() => 0);
  let nextExpiry: string | undefined;
  let unused = 0;
  let expired = 0;
  for await (const speaker of everySpeaker(services, registryId)) {
    speakers.all++;
    if (speaker.optedOut) speakers.optedOut++;
    const expiry = expiryOf(speaker, settings);
    if (hasExpired(services, speaker, settings)) expired++;
    else if (expiry && (!nextExpiry || expiry < nextExpiry)) nextExpiry = expiry;
    if (speaker.clips.length === 0) continue;
    speakers.withVoice++;
    speakers.recordings += speaker.clips.filter(({ audioKept }) => audioKept !== false).length;
    consents[consentOf(speaker)]++;
    if (!used.has(speaker.uid)) unused++;
    const age = (now.getTime() - Date.parse(speaker.enrolledAt ?? speaker.createdAt)) / DAY_MS;
    const group = AGES.findIndex((most) => age < most);
    const place = group < 0 ? AGES.length : group;
    byAge[place] = (byAge[place] ?? 0) + 1;
  }
  const { speakerDays = null, decisionDays = DECISION_DAYS, keepAudio } = settings;
  const sweptAt = (await services.retention.get(registryId))?.sweptAt ?? null;
  return {
    at: now.toISOString(),
    registry: name,
    retention: { speakerDays, decisionDays, keepAudio: keepAudio !== false, sweptAt },
    speakers,
    byAge,
    consents,
    decisions,
    unused,
    nextSweep: { speakers: expired },
    nextExpiry: nextExpiry ?? null,
  };
}

function consentOf(speaker: Speaker): keyof RegistryReport["consents"] {
  const purposes = purposesOf(speaker);
  if (purposes) return purposes.size > 0 ? "inForce" : "withdrawn";
  return speaker.consent === undefined ? "none" : "reference";
}

/** Who appears in the stored decisions, and how many there are. */
async function usesOf({ decisions }: Needs, { registryId }: Registry) {
  const used = new Set<SpeakerUid>();
  const counted: RegistryReport["decisions"] = { stored: 0, oldest: null, newest: null };
  for (let after: { at: number; id: string } | undefined; ; ) {
    const page = await decisions.recent(registryId, PAGE, after);
    for (const { uid, at } of page) {
      if (uid) used.add(uid);
      counted.stored++;
      counted.newest ??= at;
      counted.oldest = at;
    }
    const last = page.at(-1);
    if (!last || page.length < PAGE) return { used, decisions: counted };
    after = { at: Date.parse(last.at), id: last.decisionId };
  }
}
