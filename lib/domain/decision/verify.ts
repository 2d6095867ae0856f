import { AppError } from "../../error.ts";
import type { GroupId, SpeakerId } from "../../id.ts";
import type { RequestAttempt } from "../../ports/decision.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Speaker } from "../../ports/speaker.ts";
import type { DecisionReply, Reason } from "../../schema/decision.ts";
import { methodOf } from "../../score/scoring/calibration.ts";
import type { Method } from "../../score/scoring/types.ts";
import { requirePurpose } from "../purposes.ts";
import { clearRejects, countReject, openVerification, rejectsSince } from "../registry/attempts.ts";
import type { Caller } from "../registry/guess.ts";
import { requireModel } from "../scoring/model-check.ts";
import { probeVoice, warningsOf } from "../scoring/probe-quality.ts";
import { type ScoringSetup, scoringSetup } from "../scoring/setup.ts";
import { enrolledSide, probeSide } from "../scoring/side.ts";
import { decide, inconclusive, type Verdict } from "../scoring/trial.ts";
import { requireGroup } from "../speaker/group.ts";
import { liveSpeaker, refuseOptedOut, type SpeakerInput } from "../speaker/speaker.ts";
import { qualityView } from "../speaker/speaker-view.ts";
import { challengeView, openChallenge, useChallenge } from "./challenge.ts";
import type { ProbeInput } from "./embedding-input.ts";
import {
  isRefused,
  keptProbe,
  knownOf,
  mostProbes,
  olderProbes,
  replayOf,
  replayView,
} from "./known-recording.ts";
import { mixedProbe, mixedWarnings } from "./mixed-probe.ts";
import type { ProbeNeeds } from "./needs.ts";
import { type Probe, probesOf, sentWarnings, strictest } from "./probe.ts";
import {
  caveatsOf,
  type FarChoice,
  farOf,
  ownFar,
  provenanceOf,
  recordDecision,
  thresholdWarnings,
} from "./record.ts";
import { spoofResult, spoofView, spoofWarnings } from "./spoof.ts";
import { pausedEvents, watchlistEvents } from "./verify-events.ts";
import { mixedWatchlist, searchWatchlist } from "./watchlist.ts";

/** Decides whether a clip or an embedding is the voice of the given speaker. */
export async function verify(
  services: ProbeNeeds,
  input: {
    registry: Registry;
    speakerId: SpeakerId;
    clip: ProbeInput;
    method?: Method | undefined;
    /** Also search the clip in this group. */
    watchlist?: GroupId | undefined;
    /** Undefined: the command line. */
    caller?: Caller | undefined;
    attempt?: RequestAttempt | undefined;
    /** The digits that the clip must contain, as `makeChallenge` returned them. */
    challenge?: string | undefined;
    /** What a recognizer of the caller heard in the clip. */
    transcript?: string | undefined;
    /** See `decide`. */
    looks?: number | undefined;
  } & FarChoice,
): Promise<DecisionReply> {
  const { registry, speakerId, attempt } = input;
  const { registryId } = registry;
  const speaker = await verifiableSpeaker(services, { registry, speakerId });
  refuseStoredClip(speaker, input.clip);
  const watched = input.watchlist && (await requireGroup(services, { registryId, groupId: input.watchlist }));
  const { uid } = speaker;
  const { caller, challenge: sent } = input;
  const challenge = openChallenge(services, registry, { uid, caller, challenge: sent });
  const { rejects, clips } = await services.speakerRejects.withClips(registryId, uid);
  const guess = await openVerification(services, registry, { uid, rejects }, caller);
  // The reads don't depend on the embedding, so they run while the clip is embedded.
  const [probes, setup, older] = await Promise.all([
    probesOf(services, input.clip),
    scoringSetup(services, registryId, registry),
    olderProbes(services, registry, uid),
  ]);
  const far = farOf(input, registry, setup);
  // A clip that can't be embedded doesn't use the challenge up.
  await useChallenge(services, challenge);
  const answered = challengeView(challenge, input.transcript);
  const mixed = mixedProbe(services, registry, probes);
  const verdictFor = (probe: Probe) => ({
    probe,
    result: mixed.refused
      ? inconclusive("multiple_speakers")
      : verdictOn(setup, speaker, probe, { far, method: input.method, looks: input.looks }),
  });
  const { probe, result: scored } = strictest(probes.map(verdictFor));
  // After scoring, because an accept isn't answered if rejects have begun a pause until then.
  const latest = await services.speakerRejects.withProbes(registryId, uid, mostProbes(registry));
  const known = knownOf(clips, [...latest.probes, ...older], attempt);
  const spoof = spoofResult(registry, [probe]);
  const replay = await replayOf(speaker, known, probe);
  const verdict = withoutAccept(scored, [
    ...(isRefused(registry, replay) ? (["replay_suspected"] as const) : []),
    ...(answered?.transcript === "mismatched" ? (["challenge_failed"] as const) : []),
  ]);
  const pause = verdict.decision === "reject" ? await countReject(services, guess) : undefined;
  const counted =
    verdict.decision === "accept" ? await rejectsSince(services, guess, latest.rejects) : undefined;
  // A caller must not clear rejects with a recording, with an embedding, with someone else's voice
  // beside the speaker's, or at a threshold or by a method that is easier to pass than the
  // registry's own.
  const isProof =
    !replay &&
    !probe.sent &&
    !mixed.suspected &&
    !spoof.suspected &&
    far <= ownFar(registry, setup) &&
    (input.method === undefined || input.method === methodOf(setup.calibration));
  const listed =
    watched &&
    (mixed.refused
      ? mixedWatchlist(watched)
      : await searchWatchlist(services, setup, probe, { registry, far, group: watched }));
  const caveats = caveatsOf(registry, speaker, probe.quality);
  const recorded = recordDecision(
    services,
    { operation: "verify", registry, uid },
    {
      ...verdict,
      reasons: [...verdict.reasons, ...caveats.reasons],
      lowEvidence: caveats.lowEvidence,
      operatingPoint: { far },
      speaker: speaker.speakerId,
      watchlist: listed?.reply ?? null,
      challenge: answered,
      quality: qualityView(probe.quality),
      qualityA: null,
      warnings: [
        ...warningsOf(probe.quality),
        ...mixedWarnings(mixed),
        ...sentWarnings([probe]),
        ...spoofWarnings(spoof),
        ...thresholdWarnings(setup),
      ],
      ...replayView(replay),
      ...spoofView(spoof),
      ...provenanceOf(services, setup),
    },
    {
      events: (decisionId) => [
        ...pausedEvents(speaker, decisionId, pause),
        ...watchlistEvents(speaker, decisionId, listed),
      ],
      heard: (made) =>
        verdict.decision === "accept" && !replay
          ? keptProbe(registry, probe, { ...made, uid, request: attempt?.mark })
          : undefined,
    },
  );
  const [reply] = await Promise.all([recorded, isProof && counted && clearRejects(services, guess, counted)]);
  return reply;
}

/**
 * Rejects a stored clip of the speaker as the probe: its ID proves nothing about who is present.
 */
function refuseStoredClip({ uid, speakerId }: Speaker, clip: ProbeInput): void {
  if ("voice" in clip || clip.enrolledFor !== uid) return;
  const detail = `This clip is enrolled for ${speakerId}. Send a new recording to verify the speaker.`;
  throw new AppError("validation-failed", detail, { errors: [{ pointer: "/audio/clip", detail }] });
}

/** Throws for a speaker that can't be verified: unknown, opted out, without consent or clips. */
export async function verifiableSpeaker(services: ProbeNeeds, input: SpeakerInput): Promise<Speaker> {
  const speaker = await liveSpeaker(services, input);
  refuseOptedOut(speaker);
  requirePurpose(speaker, input.registry.settings, "verify");
  if (speaker.clips.length === 0)
    throw new AppError("speaker-not-enrolled", `${input.speakerId} has no clips yet. Enroll some first.`);
  requireModel(services, speaker);
  return speaker;
}

/** Rejects a verdict for any of these reasons. A clip without a score stays inconclusive. */
export const withoutAccept = (verdict: Verdict, reasons: readonly Reason[]): Verdict =>
  verdict.decision === "inconclusive" || reasons.length === 0
    ? verdict
    : { ...verdict, decision: "reject", reasons: [...belowOnly(verdict), ...reasons] };

const belowOnly = ({ reasons }: Verdict) => reasons.filter((reason) => reason !== "above_threshold");

export function verdictOn(
  setup: ScoringSetup,
  speaker: Speaker,
  probe: Probe,
  options: Parameters<typeof decide>[2],
): Verdict {
  const probed = probeVoice(probe);
  if ("reason" in probed) return inconclusive(probed.reason);
  const side = probeSide(setup, probed.voice, probe.quality, speaker.uid);
  return decide(setup, { enrolled: enrolledSide(setup, speaker), probe: side }, options);
}
