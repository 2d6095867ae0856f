import { guessLimitsOf } from "../lib/domain/registry/guess-limits.ts";
import { mixedProbesOf } from "../lib/domain/registry/mixed-probes.ts";
import { replayActionOf, replayDaysOf } from "../lib/domain/registry/replay-settings.ts";
import { CANDIDATE_DAYS } from "../lib/ports/candidate-voice.ts";
import { DECISION_DAYS } from "../lib/ports/decision.ts";
import type { Registry } from "../lib/ports/registry.ts";
import type { Globals } from "./options.ts";
import { print, printJson, table } from "./print.ts";
import { t } from "./text/language.ts";

/** Prints the settings of a registry. */
export function printRegistry({ json }: Globals, { registryId, name, suspended, settings }: Registry): void {
  const far = settings.far ?? null;
  const requestsPerMinute = settings.requestsPerMinute ?? null;
  const { guessing: _, audit = "changes", speakerHistorySince, ...others } = settings;
  const limits = guessLimitsOf(settings);
  const pauses = {
    pauseAfterRejects: limits.rejects,
    speakerPauseAfterRejects: limits.speakerRejects,
    pauseAfterMisses: limits.misses,
    pauseSeconds: limits.pauseSeconds,
    longestPauseSeconds: limits.longestPauseSeconds,
  };
  const privacy = {
    requiredPurposes: settings.requiredPurposes ?? [],
    keepConsentProofs: settings.keepConsentProofs === true,
    keepAudio: settings.keepAudio !== false,
    speakerDays: settings.speakerDays ?? null,
    decisionDays: settings.decisionDays ?? DECISION_DAYS,
    speakerHistory: speakerHistorySince !== undefined,
    candidateVoices: settings.candidateVoices === true,
    candidateDays: settings.candidateDays ?? CANDIDATE_DAYS,
    decisionEvents: settings.decisionEvents === true,
    corsOrigins: settings.corsOrigins ?? null,
  };
  const known = { ...others, ...privacy, far, requestsPerMinute, audit };
  const probes = {
    replay: replayActionOf(settings),
    replayDays: replayDaysOf(settings),
    mixedProbes: mixedProbesOf(settings),
    embeddings: settings.embeddings === true,
    challengeRequired: settings.challengeRequired === true,
    spoofWarning: settings.spoofWarning ?? null,
  };
  const view = { registryId, name, suspended, ...known, ...probes, ...pauses };
  if (json) printJson(view);
  else
    print(
      table(Object.entries(view).map(([key, value]) => [key, value === null ? t`not set` : String(value)])),
    );
}
