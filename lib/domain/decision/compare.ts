import { isCopy } from "../../audio/features/copy-score.ts";
import { storedFingerprint } from "../../audio/features/fingerprint.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import type { DecisionReply } from "../../schema/decision.ts";
import type { Method } from "../../score/scoring/types.ts";
import { cosine } from "../../score/scoring/vector.ts";
import type { EventNeeds } from "../event/outgoing.ts";
import { isPoor, isShort, probeVoice, SAME_RECORDING_COSINE, warningsOf } from "../scoring/probe-quality.ts";
import { type ScoringSetup, scoringSetup } from "../scoring/setup.ts";
import { probeSide } from "../scoring/side.ts";
import { decide, inconclusive, type Verdict } from "../scoring/trial.ts";
import { qualityView } from "../speaker/speaker-view.ts";
import type { ProbeInput } from "./embedding-input.ts";
import { mixedProbe, mixedWarnings } from "./mixed-probe.ts";
import { type Probe, probesOf, sentWarnings, strictest } from "./probe.ts";
import { type FarChoice, farOf, provenanceOf, recordDecision, thresholdWarnings } from "./record.ts";
import { spoofResult, spoofView, spoofWarnings } from "./spoof.ts";

/** Decides whether two clips or embeddings are one voice. Stores neither of them. */
export async function compare(
  services: EventNeeds & Pick<Services, "active" | "calibrations" | "cohorts" | "decisions" | "embedder">,
  input: {
    registry: Registry;
    clipA: ProbeInput;
    clipB: ProbeInput;
    method?: Method | undefined;
  } & FarChoice,
): Promise<DecisionReply> {
  const { registry } = input;
  const [ofA, ofB, setup] = await Promise.all([
    probesOf(services, input.clipA),
    probesOf(services, input.clipB),
    scoringSetup(services, registry.registryId, registry),
  ]);
  const far = farOf(input, registry, setup);
  const mixed = mixedProbe(services, registry, [...ofA, ...ofB]);
  const verdictFor = (a: Probe, b: Probe) => ({
    ...{ a, b },
    result: mixed.refused
      ? inconclusive("multiple_speakers")
      : verdictOn(setup, a, b, { far, method: input.method }),
  });
  const { a, b, result: verdict } = strictest(ofA.flatMap((a) => ofB.map((b) => verdictFor(a, b))));
  const spoof = spoofResult(registry, [a, b]);
  const poor = isPoor(a.quality) || isPoor(b.quality);
  return recordDecision(
    services,
    { operation: "compare", registry, uid: undefined },
    {
      ...verdict,
      reasons: [...verdict.reasons, ...(poor ? (["low_quality"] as const) : [])],
      operatingPoint: { far },
      lowEvidence: isShort(a.quality) || isShort(b.quality),
      speaker: null,
      watchlist: null,
      quality: qualityView(b.quality),
      qualityA: qualityView(a.quality),
      warnings: [
        ...new Set([...warningsOf(a.quality), ...warningsOf(b.quality), ...mixedWarnings(mixed)]),
        ...sentWarnings([a, b]),
        ...spoofWarnings(spoof),
        ...thresholdWarnings(setup),
      ],
      replaySuspected: isSameRecording(a, b),
      replayOf: null,
      ...spoofView(spoof),
      ...provenanceOf(services, setup),
    },
  );
}

function verdictOn(
  setup: ScoringSetup,
  a: Probe,
  b: Probe,
  options: { far: number; method: Method | undefined },
): Verdict {
  const voiceA = probeVoice(a);
  if ("reason" in voiceA) return inconclusive(voiceA.reason);
  const voiceB = probeVoice(b);
  if ("reason" in voiceB) return inconclusive(voiceB.reason);
  const enrolled = probeSide(setup, voiceA.voice, a.quality);
  const probe = probeSide(setup, voiceB.voice, b.quality);
  return decide(setup, { enrolled, probe }, options);
}

function isSameRecording(a: Probe, b: Probe): boolean {
  if (a.audioSha256 !== undefined && a.audioSha256 === b.audioSha256) return true;
  if (a.fingerprint && b.fingerprint && isCopy(storedFingerprint(a.fingerprint), b.fingerprint)) return true;
  return !!a.embedding && !!b.embedding && cosine(a.embedding, b.embedding) > SAME_RECORDING_COSINE;
}
