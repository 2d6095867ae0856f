import { InvalidArgumentError } from "commander";
import { historySettings } from "../lib/domain/registry/settings.ts";
import type { ProbeAction, RegistrySettings } from "../lib/ports/registry.ts";
import type { Purpose } from "../lib/schema/purpose.ts";
import type { Globals } from "./options.ts";

/** The options of `voiceroll registry set`. */
export type SetOptions = Globals & {
  enrollSeconds?: number;
  far?: number | "default";
  consentRequired?: boolean;
  requiredPurposes?: readonly Purpose[] | "none";
  keepConsentProofs?: boolean;
  challengeRequired?: boolean;
  speakerHistory?: boolean;
  spoofWarning?: number | "off";
  refuseMultipleSpeakers?: boolean;
  keepAudio?: boolean;
  speakerDays?: number | "none";
  decisionDays?: number;
  candidateVoices?: boolean;
  candidateDays?: number;
  decisionEvents?: boolean;
  corsOrigins?: string[] | "all";
  requestsPerMinute?: number | "none";
  audit?: "all" | "changes";
  pauseAfterRejects?: number | "off";
  speakerPauseAfterRejects?: number | "off";
  pauseAfterMisses?: number | "off";
  pauseSeconds?: number;
  longestPauseSeconds?: number;
  replay?: ProbeAction;
  replayDays?: number | "off";
  mixedProbes?: ProbeAction;
  embeddings?: boolean;
  suspended?: boolean;
};

/** Returns the settings that the command line names. */
export function settingsOf(options: SetOptions, now: Date): Partial<RegistrySettings> {
  const { enrollSeconds, far, consentRequired, refuseMultipleSpeakers, requestsPerMinute } = options;
  const { keepAudio, speakerDays, decisionDays, audit, replay, replayDays, mixedProbes } = options;
  const { corsOrigins, decisionEvents, embeddings, requiredPurposes, keepConsentProofs } = options;
  const { challengeRequired, spoofWarning, candidateVoices, candidateDays } = options;
  return {
    ...(enrollSeconds === undefined ? {} : { enrollSpeechSeconds: enrollSeconds }),
    ...(far === undefined ? {} : { far: far === "default" ? undefined : far }),
    ...(consentRequired === undefined ? {} : { consentRequired }),
    ...(requiredPurposes === undefined
      ? {}
      : { requiredPurposes: requiredPurposes === "none" ? undefined : requiredPurposes }),
    ...(keepConsentProofs === undefined ? {} : { keepConsentProofs }),
    ...(challengeRequired === undefined ? {} : { challengeRequired }),
    ...(spoofWarning === undefined
      ? {}
      : { spoofWarning: spoofWarning === "off" ? undefined : spoofWarning }),
    ...(refuseMultipleSpeakers === undefined ? {} : { refuseMultipleSpeakers }),
    ...(keepAudio === undefined ? {} : { keepAudio }),
    ...(audit === undefined ? {} : { audit }),
    ...(speakerDays === undefined ? {} : { speakerDays: speakerDays === "none" ? undefined : speakerDays }),
    ...(decisionDays === undefined ? {} : { decisionDays }),
    ...historySettings(options.speakerHistory, now),
    ...(corsOrigins === undefined ? {} : { corsOrigins: corsOrigins === "all" ? undefined : corsOrigins }),
    ...(candidateVoices === undefined ? {} : { candidateVoices }),
    ...(candidateDays === undefined ? {} : { candidateDays }),
    ...(decisionEvents === undefined ? {} : { decisionEvents }),
    ...(requestsPerMinute === undefined
      ? {}
      : { requestsPerMinute: requestsPerMinute === "none" ? undefined : requestsPerMinute }),
    ...(replay === undefined ? {} : { replay }),
    ...(replayDays === undefined ? {} : { replayDays: countOf(replayDays) }),
    ...(mixedProbes === undefined ? {} : { mixedProbes }),
    ...(embeddings === undefined ? {} : { embeddings }),
    ...guessingOf(options),
  };
}

function guessingOf(options: SetOptions): Pick<RegistrySettings, "guessing"> {
  const { pauseAfterRejects, speakerPauseAfterRejects, pauseAfterMisses } = options;
  const { pauseSeconds, longestPauseSeconds } = options;
  const guessing = {
    ...(pauseAfterRejects === undefined ? {} : { rejects: countOf(pauseAfterRejects) }),
    ...(speakerPauseAfterRejects === undefined ? {} : { speakerRejects: countOf(speakerPauseAfterRejects) }),
    ...(pauseAfterMisses === undefined ? {} : { misses: countOf(pauseAfterMisses) }),
    ...(pauseSeconds === undefined ? {} : { pauseSeconds }),
    ...(longestPauseSeconds === undefined ? {} : { longestPauseSeconds }),
  };
  return Object.keys(guessing).length === 0 ? {} : { guessing };
}

const countOf = (value: number | "off"): number => (value === "off" ? 0 : value);

export function spoofScore(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Math.abs(value) <= 100) return value;
  throw new InvalidArgumentError("Use a number from -100 to 100.");
}

export function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 1 && value <= 600) return value;
  throw new InvalidArgumentError("Use a number of seconds from 1 to 600.");
}
