import { writeWav } from "../../audio/write-wav.ts";
import type { DecisionId, GroupId, SpeakerId } from "../../id.ts";
import { FITTED } from "../../live/fitted.ts";
import type { ApiKey, Registry } from "../../ports/registry.ts";
import type { DecisionReply, IdentifyReply } from "../../schema/decision.ts";
import { type Act, type AuditNeeds, audited } from "../audit/record.ts";
import { identify } from "../decision/identify.ts";
import { identifyLooks, type LookResult, type Looks, verifyLooks } from "../decision/look.ts";
import type { ProbeNeeds } from "../decision/needs.ts";
import { isLoosened } from "../decision/record.ts";
import { verify } from "../decision/verify.ts";
import type { Caller } from "../registry/guess.ts";

/** What the turns of a stream are decided about. speakerId: to verify, else identify */
export type LiveSubject = {
  speakerId?: SpeakerId | undefined;
  groupId?: GroupId | undefined;
  far?: number | undefined;
};
export type TurnContext = { registry: Registry; key: ApiKey; caller: Caller; subject: LiveSubject };

const choiceOf = ({ key, subject }: TurnContext) => ({
  far: subject.far,
  mayLoosen: key.scopes.includes("decisions:loosen"),
});

/** Returns what decides on each look at a turn. Throws what forbids the turn. */
export function looksOf(services: ProbeNeeds, context: TurnContext): Promise<Looks> {
  const { registry, caller, subject } = context;
  const { speakerId, groupId } = subject;
  const input = { registry, caller, looks: FITTED.looks, ...choiceOf(context) };
  return speakerId === undefined
    ? identifyLooks(services, { ...input, groupId })
    : verifyLooks(services, { ...input, speakerId });
}

/**
 * Decides about a whole turn, counts and stores the decision.
 *
 * samples  16 kHz, the turn
 */
export async function decideTurn(
  services: ProbeNeeds & AuditNeeds,
  context: TurnContext,
  { samples, challenge }: { samples: Float32Array; challenge: string | undefined },
): Promise<LookResult & { decisionId: DecisionId }> {
  const { registry, key, caller, subject } = context;
  const { speakerId, groupId } = subject;
  const { registryId, settings } = registry;
  const { keyId } = key;
  const act: Act = {
    ...{ registryId, keyId, callerId: caller.callerId, operation: "stream", speakerId },
    recorded: settings.audit === "all",
  };
  const choice = choiceOf(context);
  const clip = { bytes: writeWav(samples), mediaType: "audio/wav" };
  const input = { registry, clip, caller, looks: FITTED.looks, ...choice };
  return audited(services, act, async () => {
    const result =
      speakerId === undefined
        ? ofSearch(await identify(services, { ...input, groupId }))
        : ofVerification(await verify(services, { ...input, speakerId, challenge }));
    act.decisionId = result.decisionId;
    if (await isLoosened(services, registry, choice)) {
      act.recorded = true;
      act.details = { far: choice.far ?? null };
    }
    return result;
  });
}

const ofVerification = (reply: DecisionReply) => ({
  ...reply,
  speaker: reply.decision === "accept" ? (reply.speaker ?? undefined) : undefined,
});

const ofSearch = ({ candidates, ...reply }: IdentifyReply) => ({
  ...reply,
  score: candidates[0]?.score ?? null,
  speaker: reply.decision === "match" ? candidates[0]?.speaker : undefined,
});
