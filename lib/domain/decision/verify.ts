import type { ClipInput } from "../../audio/types.ts";
import { AppError } from "../../error.ts";
import type { RegistryId, SpeakerId } from "../../id.ts";
import type { ClipEmbedding } from "../../ports/model.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import type { Clip, Speaker } from "../../ports/speaker.ts";
import type { DecisionReply } from "../../schema/decision.ts";
import { fromFixed } from "../../score/scoring/fixed-point.ts";
import type { Method } from "../../score/scoring/types.ts";
import { cosine } from "../../score/scoring/vector.ts";
import { clearRejects, countGuess, refuseGuessing } from "../registry/attempts.ts";
import { requireModel } from "../scoring/model-check.ts";
import { isPoor, isShort, probeVoice, SAME_RECORDING_COSINE, warningsOf } from "../scoring/probe-quality.ts";
import { type ScoringSetup, scoringSetup } from "../scoring/setup.ts";
import { enrolledSide, probeSide } from "../scoring/side.ts";
import { speechOf } from "../scoring/speech.ts";
import { decide, inconclusive, type Verdict } from "../scoring/trial.ts";
import { qualityView } from "../speaker/speaker-view.ts";
import { farOf, groundsOf, recordDecision } from "./record.ts";

type Needs = Pick<
  Services,
  | "active"
  | "calibrations"
  | "clock"
  | "cohorts"
  | "decisions"
  | "embedder"
  | "limits"
  | "random"
  | "speakers"
>;

/** One-to-one: is this clip the speaker it is said to be? */
export async function verify(
  services: Needs,
  input: {
    registry: Registry;
    speakerId: SpeakerId;
    clip: ClipInput;
    far?: number | undefined;
    method?: Method | undefined;
  },
): Promise<DecisionReply> {
  const { registry, speakerId } = input;
  const { registryId } = registry;
  const speaker = await verifiableSpeaker(services, { registryId, speakerId });
  const rejects = await refuseGuessing(services, speaker);
  // What is read needs nothing of what is heard: a store's round trips pass while the clip is embedded.
  const [probe, setup, stored] = await Promise.all([
    services.embedder.embed(input.clip),
    scoringSetup(services, registryId),
    services.speakers.clips(registryId, speaker.uid),
  ]);
  const far = farOf(input.far, registry, setup);
  const verdict = verdictOn(setup, speaker, probe, { far, method: input.method });
  if (verdict.decision !== "inconclusive") await countGuess(services, speaker, rejects);
  const recorded = recordDecision(
    services,
    { operation: "verify", registryId, uid: speaker.uid },
    {
      ...withCaveats(verdict, registry, speaker, probe),
      operatingPoint: { far },
      speaker: speaker.speakerId,
      quality: qualityView(probe.quality),
      qualityA: null,
      warnings: warningsOf(probe.quality),
      replaySuspected: isReplay(speaker, stored, probe),
      ...groundsOf(services, setup),
    },
  );
  const cleared = verdict.decision === "accept" ? clearRejects(services, speaker) : undefined;
  const [reply] = await Promise.all([recorded, cleared]);
  return reply;
}

async function verifiableSpeaker(
  services: Needs,
  input: { registryId: RegistryId; speakerId: SpeakerId },
): Promise<Speaker> {
  const speaker = await services.speakers.get(input.registryId, input.speakerId);
  if (!speaker) throw new AppError("speaker-not-found", `No speaker ${input.speakerId}.`);
  if (speaker.optedOut) throw new AppError("speaker-opted-out", `${input.speakerId} has opted out.`);
  if (speaker.clips.length === 0)
    throw new AppError("speaker-not-enrolled", `${input.speakerId} has no clips yet; enroll some first.`);
  requireModel(services, speaker);
  return speaker;
}

function verdictOn(
  setup: ScoringSetup,
  speaker: Speaker,
  probe: ClipEmbedding,
  wanted: { far: number; method: Method | undefined },
): Verdict {
  const embedded = probeVoice(probe);
  if ("reason" in embedded) return inconclusive(embedded.reason);
  const side = probeSide(setup, embedded.voice, probe.quality, speaker.uid);
  return decide(setup, { enrolled: enrolledSide(setup, speaker), probe: side }, wanted);
}

/** What weakens a decision without changing it. */
function withCaveats(verdict: Verdict, registry: Registry, speaker: Speaker, probe: ClipEmbedding) {
  const enrollmentShort = speechOf(speaker.clips) < registry.settings.enrollSpeechSeconds;
  const reasons = [
    ...verdict.reasons,
    ...(enrollmentShort ? (["enrollment_short"] as const) : []),
    ...(isPoor(probe.quality) ? (["low_quality"] as const) : []),
  ];
  return { ...verdict, reasons, lowEvidence: enrollmentShort || isShort(probe.quality) };
}

/** A clip that was enrolled, or a copy of one: people do not say a thing twice so alike. */
function isReplay(
  speaker: Speaker,
  stored: readonly Clip[],
  { audioSha256, embedding }: ClipEmbedding,
): boolean {
  if (speaker.clips.some((clip) => clip.audioSha256 === audioSha256)) return true;
  if (!embedding) return false;
  return stored.some(
    (clip) =>
      clip.modelId === speaker.modelId &&
      cosine(fromFixed(clip.embedding), embedding) > SAME_RECORDING_COSINE,
  );
}
