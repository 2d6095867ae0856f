import { AppError } from "../../lib/error.ts";
import { parseSpeakerId, type SpeakerId } from "../../lib/id.ts";
import type { SpeakerView } from "../../lib/schema/speaker.ts";

/** Where a request of Azure's API goes. v2: version 2.0, whose fields have no unit in their name */
export type AzurePath = { mode: "identification" | "verification"; v2: boolean; id: string };

/** Metadata of a speaker that was created as a profile. */
export const PROFILE = { mode: "azure-profile", locale: "azure-locale" } as const;
/** What Azure replies if no profile matches. */
export const NO_PROFILE = "00000000-0000-0000-0000-000000000000";
/** Azure has no field for it, so that the decision can be explained later. */
export const DECISION_HEADER = "Voiceroll-Decision-Id";

export function profileIdOf(id: string): SpeakerId {
  const speakerId = parseSpeakerId(id);
  if (!speakerId) throw new AppError("speaker-not-found", `No profile ${id} exists.`);
  return speakerId;
}

/** Returns a speaker as a profile. `audioSeconds` is not kept, so lengths are those of speech. */
export function profileOf(speaker: SpeakerView, { mode, v2 }: Pick<AzurePath, "mode" | "v2">) {
  const [status] = speaker.status === "enrolled" ? ["Enrolled"] : ["Enrolling"];
  const lengths = {
    remainingEnrollmentsSpeechLength: speaker.remainingSpeechSeconds,
    enrollmentsLength: speaker.speechSeconds,
    enrollmentsSpeechLength: speaker.speechSeconds,
  };
  return {
    profileId: speaker.id,
    locale: speaker.metadata[PROFILE.locale] ?? "en-us",
    enrollmentStatus: status,
    enrollmentsCount: speaker.clips,
    ...withUnits(lengths, v2),
    ...(mode === "verification"
      ? { remainingEnrollmentsCount: speaker.remainingSpeechSeconds > 0 ? 1 : 0 }
      : {}),
    createdDateTime: speaker.createdAt,
    lastUpdatedDateTime: speaker.updatedAt,
    modelVersion: speaker.model,
  };
}

/** Version 2021-09-05 has the unit in the names of lengths, in seconds. */
export const withUnits = (lengths: Readonly<Record<string, number>>, v2: boolean): Record<string, number> =>
  v2 ? lengths : Object.fromEntries(Object.entries(lengths).map(([name, value]) => [`${name}InSec`, value]));

/**
 * Returns a score as Azure's clients expect it, 0..1: the cosine, with 0 for anything below. It
 * isn't a probability. Null for a key without the scope `scores:read`.
 */
export const scoreOf = (cosine: number | undefined, mayRead: boolean): number | null =>
  mayRead ? Math.max(0, cosine ?? 0) : null;
