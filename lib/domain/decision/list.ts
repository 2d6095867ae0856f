import { AppError } from "../../error.ts";
import type { DecisionId, RegistryId, SpeakerId, SpeakerUid } from "../../id.ts";
import { DECISION_DAYS, type DecisionLabel, type DecisionRecord } from "../../ports/decision.ts";
import type { Moment } from "../../ports/page.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import type { Page } from "../../ports/speaker.ts";
import type { DecisionReply, IdentifyReply } from "../../schema/decision.ts";
import { newestPage, parseMoment } from "../newest.ts";
import { liveSpeaker } from "../speaker/speaker.ts";
import { replyOf } from "./replay.ts";

/** A past decision: the reply as it was sent, and what a person said about it since. */
export type PastDecision = Pick<DecisionRecord, "at" | "decisionId" | "operation"> & {
  reply: DecisionReply | IdentifyReply;
  label: DecisionLabel | null;
};

/**
 * A page of decisions, newest first; `after` is the previous page's `next`. May be shorter than
 * `limit`, even empty, if few decisions match. Those of one speaker are read from its history, as
 * far back as the registry keeps one.
 *
 * speakerId  verifications of this speaker, and identifications that matched it
 * from       the earliest time, inclusive
 * to         the latest time, exclusive
 * throws     `speaker-not-found`
 */
export async function listDecisions(
  services: Pick<Services, "clock" | "decisions" | "speakers">,
  input: {
    registry: Registry;
    speakerId?: SpeakerId | undefined;
    operation?: DecisionRecord["operation"] | undefined;
    from?: Date | undefined;
    to?: Date | undefined;
    limit: number;
    after?: string | undefined;
  },
): Promise<Page<PastDecision>> {
  const { registry, speakerId, operation, from, to, limit, after } = input;
  const uid = speakerId && (await liveSpeaker(services, { registry, speakerId })).uid;
  const start = to && { at: to.getTime(), id: "" };
  const { items, next } = await newestPage({
    limit,
    after: after === undefined ? start : parseMoment(after),
    from: from?.getTime(),
    read: (size, last) => readNewest(services, registry, { uid, limit: size, after: last }),
    momentOf: ({ at, decisionId }) => ({ at: Date.parse(at), id: decisionId }),
    filter:
      uid === undefined && operation === undefined
        ? undefined
        : (one) =>
            (uid === undefined || one.uid === uid) &&
            (operation === undefined || one.operation === operation),
  });
  return { items: items.flatMap((record) => pastDecision(record) ?? []), next };
}

/**
 * Decisions of a speaker for as long as they are listed by speaker, and before that all decisions;
 * fewer than `limit` only where none are left.
 */
async function readNewest(
  { decisions }: Pick<Services, "decisions">,
  { registryId, settings }: Registry,
  { uid, limit, after }: { uid: SpeakerUid | undefined; limit: number; after: Moment | undefined },
): Promise<readonly DecisionRecord[]> {
  const since = Date.parse(settings.speakerHistorySince ?? "");
  if (uid === undefined || Number.isNaN(since) || (after && after.at < since))
    return decisions.recent(registryId, limit, after);
  const listed = (await decisions.ofSpeaker(registryId, uid, limit, after)).filter(
    ({ at }) => Date.parse(at) >= since,
  );
  if (listed.length === limit) return listed;
  const earlier = await decisions.recent(registryId, limit - listed.length, { at: since, id: "" });
  return [...listed, ...earlier];
}

/**
 * Notes whether a decision was right, once a person knows. The note lives as long as the decision,
 * and changes nothing else. Throws `decision-not-found`.
 *
 * verdict  null removes the label
 */
export async function labelDecision(
  services: Pick<Services, "clock" | "decisions">,
  input: { registryId: RegistryId; decisionId: DecisionId; verdict: DecisionLabel["verdict"] | null },
): Promise<PastDecision> {
  const { registryId, decisionId, verdict } = input;
  const label = verdict === null ? undefined : { verdict, at: services.clock.now().toISOString() };
  const labeled = await services.decisions.change(registryId, decisionId, (one) => ({ ...one, label }));
  const past = labeled && pastDecision(labeled);
  if (!past) throw decisionNotFound(decisionId);
  return past;
}

/** Undefined for an old record that lacks what today's replies have. */
export function pastDecision(record: DecisionRecord): PastDecision | undefined {
  const { decisionId, operation, at, label = null } = record;
  const reply = replyOf(record);
  return reply && { decisionId, operation, at, reply, label };
}

export const decisionNotFound = (decisionId: DecisionId): AppError =>
  new AppError(
    "decision-not-found",
    `No decision ${decisionId} is stored. Decisions are kept for ${DECISION_DAYS} days by default.`,
  );
