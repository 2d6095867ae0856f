import type { GroupId, SpeakerId } from "../../id.ts";
import type { Registry } from "../../ports/registry.ts";
import type { DecisionReply, IdentifyReply } from "../../schema/decision.ts";
import type { ScoreView, ThresholdView } from "../../schema/score.ts";
import { openVerification } from "../registry/attempts.ts";
import type { Caller } from "../registry/guess.ts";
import { openSearch } from "../registry/misses.ts";
import { scoringSetup } from "../scoring/setup.ts";
import { requireGroup } from "../speaker/group.ts";
import { isRefused, knownRecordings, replayOf } from "./known-recording.ts";
import type { ProbeNeeds } from "./needs.ts";
import type { Probe } from "./probe.ts";
import { type FarChoice, farOf } from "./record.ts";
import { search } from "./search.ts";
import { verdictOn, verifiableSpeaker, withoutAccept } from "./verify.ts";

/** What a look at speech that goes on shows. Nothing is counted or stored. */
export type LookResult = {
  decision: DecisionReply["decision"] | IdentifyReply["decision"];
  /** The speaker, if the decision names one. */
  speaker: SpeakerId | undefined;
  reasons: readonly string[];
  score: ScoreView | null;
  threshold: ThresholdView | null;
};
export type Looks = (probe: Probe) => Promise<LookResult>;

type Subject = { registry: Registry; caller: Caller | undefined; looks: number } & FarChoice;

/**
 * Returns what decides about one speaker on each look at a turn, as `verify` would. Reads the
 * speaker once. Throws what `verify` throws before it has a probe.
 */
export async function verifyLooks(
  services: ProbeNeeds,
  input: Subject & { speakerId: SpeakerId },
): Promise<Looks> {
  const { registry, speakerId, caller, looks } = input;
  const { registryId } = registry;
  const speaker = await verifiableSpeaker(services, { registry, speakerId });
  const { uid } = speaker;
  const { rejects } = await services.speakerRejects.withClips(registryId, uid);
  await openVerification(services, registry, { uid, rejects }, caller);
  const [setup, known] = await Promise.all([
    scoringSetup(services, registryId, registry),
    knownRecordings(services, registry, speaker, undefined),
  ]);
  const far = farOf(input, registry, setup);
  return async (probe) => {
    const verdict = verdictOn(setup, speaker, probe, { far, method: undefined, looks });
    if (verdict.decision !== "accept") return { ...verdict, speaker: undefined };
    const isCopy = isRefused(registry, await replayOf(speaker, known, probe));
    return isCopy
      ? { ...withoutAccept(verdict, ["replay_suspected"]), speaker: undefined }
      : { ...verdict, speaker: speakerId };
  };
}

/** Like `verifyLooks`, among all speakers or those of a group, as `identify` would. */
export async function identifyLooks(
  services: ProbeNeeds,
  input: Subject & { groupId: GroupId | undefined },
): Promise<Looks> {
  const { registry, groupId, caller, looks } = input;
  const { registryId } = registry;
  const group = groupId && (await requireGroup(services, { registryId, groupId }));
  await openSearch(services, registry, caller);
  const setup = await scoringSetup(services, registryId, registry);
  const within = group && new Set(group.members);
  const options = { registry, far: farOf(input, registry, setup), limit: 1, within, looks };
  return async (probe) => {
    const found = await search(services, setup, probe, options);
    const { decision, reasons, threshold, candidates } = found;
    const best = candidates[0];
    const matched = decision === "match" ? found.best : undefined;
    if (matched && isRefused(registry, await copyOf(matched, probe)))
      return {
        decision: "inconclusive",
        reasons: ["replay_suspected"],
        speaker: undefined,
        score: null,
        threshold,
      };
    return { decision, reasons, threshold, speaker: matched?.speakerId, score: best?.score ?? null };
  };

  async function copyOf(matched: Parameters<typeof replayOf>[0], probe: Probe) {
    return replayOf(matched, await knownRecordings(services, registry, matched, undefined), probe);
  }
}
