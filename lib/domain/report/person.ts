import type { RegistryId, SpeakerUid } from "../../id.ts";
import type { HeardProbe } from "../../ports/decision.ts";
import type { Services } from "../../ports/services.ts";
import type { Speaker } from "../../ports/speaker.ts";
import type { PersonReportView } from "../../schema/person-report.ts";
import { listDecisions } from "../decision/list.ts";
import { candidateView } from "../people/view.ts";
import { listClips } from "../speaker/clip.ts";
import { listConsents } from "../speaker/consent.ts";
import { liveSpeaker, type SpeakerInput } from "../speaker/speaker.ts";
import { readSpeakerDetail } from "../speaker/unlock.ts";

const MOST_DECISIONS = 1000;
/** Each page reads up to 2,000 decisions of the registry, so that a request stays short. */
const MOST_PAGES = 10;
const MOST_PROBES = 1000;

type Needs = Pick<
  Services,
  | "candidates"
  | "clock"
  | "cohorts"
  | "decisions"
  | "embedder"
  | "groups"
  | "heardProbes"
  | "remnants"
  | "speakerRejects"
  | "speakers"
>;

/**
 * Everything that the registry holds about a person: the answer to an access request. The
 * recordings and the voiceprint's numbers themselves are not in it. Throws `speaker-not-found`.
 */
export async function personReport(services: Needs, input: SpeakerInput): Promise<PersonReportView> {
  const { registryId, name } = input.registry;
  const speaker = await liveSpeaker(services, input);
  const { uid, speakerId } = speaker;
  const [detail, consents, clips, probes, groups, owners, decisions, { candidates }] = await Promise.all([
    readSpeakerDetail(services, input),
    listConsents(services, input),
    listClips(services, input),
    probesOf(services, registryId, uid),
    services.groups.list(registryId),
    services.cohorts.owners(registryId),
    decisionsOf(services, input),
    services.candidates.all(registryId),
  ]);
  return {
    at: services.clock.now().toISOString(),
    registry: name,
    speaker: detail,
    enrolledAt: speaker.enrolledAt ?? null,
    consentReference: speaker.consent ?? null,
    consents,
    voiceprint: voiceprintOf(speaker),
    clips,
    candidates: candidates.filter((one) => one.speaker?.uid === uid).map(candidateView),
    heardProbes: probes.length,
    groups: groups.filter(({ members }) => members.includes(speakerId)).map(({ groupId }) => groupId),
    inCohort: owners.includes(uid),
    ...decisions,
    elsewhere: elsewhere(services),
  };
}

const voiceprintOf = ({ modelId, sum, clips }: Speaker): PersonReportView["voiceprint"] =>
  clips.length === 0 ? null : { model: modelId, numbers: sum.length, clips: clips.length };

async function probesOf(
  { heardProbes }: Needs,
  ...speaker: [registryId: RegistryId, uid: SpeakerUid]
): Promise<readonly HeardProbe[]> {
  const newest = await heardProbes.newest(...speaker, MOST_PROBES);
  return [...newest, ...(await heardProbes.older(...speaker, MOST_PROBES))].slice(0, MOST_PROBES);
}

async function decisionsOf(
  services: Needs,
  { registry, speakerId }: SpeakerInput,
): Promise<Pick<PersonReportView, "decisions" | "moreDecisions">> {
  const decisions: PersonReportView["decisions"][number][] = [];
  let after: string | undefined;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const limit = MOST_DECISIONS - decisions.length;
    const { items, next } = await listDecisions(services, { registry, speakerId, limit, after });
    for (const { decisionId, operation, at, reply } of items)
      decisions.push({ decisionId, operation, at, decision: reply.decision });
    if (next === undefined) return { decisions, moreDecisions: false };
    if (decisions.length === MOST_DECISIONS) break;
    after = next;
  }
  return { decisions, moreDecisions: true };
}

/** In English, as in the receipt of an erasure. */
const elsewhere = ({ remnants }: Needs): readonly string[] => [
  "the audit log, under a keyed hash of the ID, without an end",
  "replies to requests with an Idempotency-Key, for 24 hours",
  "uploads that were not used yet, and results of jobs, under the ID",
  ...remnants.map(({ where, days }) => `after an erasure: ${where}, for ${days} days`),
];
