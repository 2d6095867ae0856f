import { CANDIDATE_DAYS } from "../../ports/candidate-voice.ts";
import { DECISION_DAYS } from "../../ports/decision.ts";
import type { GuessLimits, Registry, RegistrySettings } from "../../ports/registry.ts";
import type { RegistryView, Settings } from "../../schema/registry.ts";
import type { View } from "../../schema/zod.ts";
import { guessLimitsOf } from "./guess-limits.ts";
import { mixedProbesOf } from "./mixed-probes.ts";
import { replayActionOf, replayDaysOf } from "./replay-settings.ts";

type History = Pick<RegistrySettings, "speakerHistorySince">;
const HISTORY_DELAY_MS = 120_000;

type SettingsView = View<typeof Settings>;
/** The settings to change. Null resets one that can be unset. */
export type SettingChanges = {
  readonly [Name in keyof Omit<SettingsView, "guessing">]?: SettingsView[Name] | undefined;
} & {
  readonly guessing?: { readonly [Limit in keyof GuessLimits]?: number | undefined } | undefined;
};

/** Returns the registry as its callers see it, with the default of each setting that is not set. */
export function registryView({ name, settings }: Registry): View<typeof RegistryView> {
  const { enrollSpeechSeconds, consentRequired, refuseMultipleSpeakers, audit = "changes" } = settings;
  return {
    name,
    settings: {
      enrollSpeechSeconds,
      consentRequired,
      requiredPurposes: settings.requiredPurposes ?? [],
      keepConsentProofs: settings.keepConsentProofs === true,
      spoofWarning: settings.spoofWarning ?? null,
      challengeRequired: settings.challengeRequired === true,
      refuseMultipleSpeakers,
      keepAudio: settings.keepAudio !== false,
      speakerDays: settings.speakerDays ?? null,
      decisionDays: settings.decisionDays ?? DECISION_DAYS,
      speakerHistory: settings.speakerHistorySince !== undefined,
      far: settings.far ?? null,
      replay: replayActionOf(settings),
      replayDays: replayDaysOf(settings),
      mixedProbes: mixedProbesOf(settings),
      embeddings: settings.embeddings === true,
      audit,
      candidateVoices: settings.candidateVoices === true,
      candidateDays: settings.candidateDays ?? CANDIDATE_DAYS,
      decisionEvents: settings.decisionEvents === true,
      corsOrigins: settings.corsOrigins ?? null,
      requestsPerMinute: settings.requestsPerMinute ?? null,
      guessing: guessLimitsOf(settings),
    },
  };
}

/** Returns changes as they are stored, where a setting that is not set is undefined. */
export function storedSettings(
  { speakerHistory, ...changes }: SettingChanges,
  now: Date,
): Partial<RegistrySettings> {
  const named = Object.entries(changes).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(named.map(([name, value]) => [name, value ?? undefined])),
    ...historySettings(speakerHistory, now),
  };
}

/**
 * A history that is switched on begins 2 minutes later: requests that began before, by clocks that
 * are behind, too, record decisions that aren't listed.
 *
 * isOn  undefined: no change
 */
export function historySettings(isOn: boolean | undefined, now: Date): History {
  if (isOn === undefined) return {};
  return { speakerHistorySince: isOn ? new Date(now.getTime() + HISTORY_DELAY_MS).toISOString() : undefined };
}

/** A history that is on keeps its beginning when it is switched on again. */
export const keptHistory = (existing: History | undefined, next: History): History =>
  existing?.speakerHistorySince && next.speakerHistorySince
    ? { speakerHistorySince: existing.speakerHistorySince }
    : {};
