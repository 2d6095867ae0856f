import { z } from "@hono/zod-openapi";
import { AppError } from "../../lib/error.ts";
import { parseSpeakerId, type SpeakerId } from "../../lib/id.ts";
import type { SpeakerView } from "../../lib/schema/speaker.ts";
import { PROFILE } from "../../lib/transfer/azure-list.ts";

/** Where a request of Azure's API goes. v2: version 2.0, whose fields have no unit in their name */
export type AzurePath = { mode: "identification" | "verification"; v2: boolean; id: string };

/** What Azure replies if no profile matches. */
export const NO_PROFILE = "00000000-0000-0000-0000-000000000000";
/** Azure has no field for it, so that the decision can be explained later. */
export const DECISION_HEADER = "Voiceroll-Decision-Id";

export function profileIdOf(id: string): SpeakerId {
  const speakerId = parseSpeakerId(id);
  if (!speakerId) throw new AppError("speaker-not-found", `No profile ${id} exists.`);
  return speakerId;
}

/** Version 2021-09-05 has the unit in the names of lengths. */
const lengthName = (name: string, v2: boolean): string => (v2 ? name : `${name}InSec`);

const PROFILE_LENGTHS = {
  remainingEnrollmentsSpeechLength: "Net speech until the profile is enrolled.",
  enrollmentsLength: "Net speech of all clips: lengths of whole recordings aren't kept.",
  enrollmentsSpeechLength: "Net speech of all clips.",
};
const CLIP_LENGTHS = {
  audioLength: "The length of this clip.",
  audioSpeechLength: "The net speech in this clip.",
};

export const ProfileId = z.string().describe("The speaker's ID. Profiles that are created here get a UUID.");

const profileFields = (v2: boolean) => ({
  profileId: ProfileId,
  locale: z
    .string()
    .describe("As the profile was created, or en-us. Voices are compared the same in any language."),
  enrollmentStatus: z
    .enum(["Enrolled", "Enrolling"])
    .describe("`Enrolled` as soon as enough speech is enrolled."),
  enrollmentsCount: z.int().min(0).describe("The number of clips."),
  ...lengthFields(PROFILE_LENGTHS, v2),
  remainingEnrollmentsCount: z
    .int()
    .min(0)
    .optional()
    .describe("1 until the profile is enrolled, then 0. Only for verification."),
  createdDateTime: z.string().describe("RFC 3339."),
  lastUpdatedDateTime: z.string().describe("RFC 3339."),
  modelVersion: z.string().nullable().describe("The network that embedded the clips."),
});
const lengthFields = (lengths: Readonly<Record<string, string>>, v2: boolean) =>
  Object.fromEntries(
    Object.entries(lengths).map(([name, what]) => [
      lengthName(name, v2),
      z.number().min(0).describe(`${what} In seconds.`),
    ]),
  );

const byVersion = <S>(make: (v2: boolean) => S): ((v2: boolean) => S) => {
  const [first, second] = [make(false), make(true)];
  return (v2) => (v2 ? second : first);
};
const nameOf = (name: string, v2: boolean) => (v2 ? `${name}V2` : name);

export const Profile = byVersion((v2) => z.object(profileFields(v2)).openapi(nameOf("AzureProfile", v2)));
export const Enrollment = byVersion((v2) =>
  z
    .object({ ...profileFields(v2), ...lengthFields(CLIP_LENGTHS, v2) })
    .openapi(nameOf("AzureEnrollment", v2)),
);
export const Score = z
  .number()
  .min(0)
  .max(1)
  .nullable()
  .describe(
    "The cosine, 0 for anything below 0. It isn't a probability. Null for a key without the scope `scores:read`.",
  );

/** Returns a speaker as a profile. The lengths of whole recordings aren't kept. */
export function profileOf(speaker: SpeakerView, { mode, v2 }: Pick<AzurePath, "mode" | "v2">) {
  const lengths = {
    remainingEnrollmentsSpeechLength: speaker.remainingSpeechSeconds,
    enrollmentsLength: speaker.speechSeconds,
    enrollmentsSpeechLength: speaker.speechSeconds,
  } satisfies Record<keyof typeof PROFILE_LENGTHS, number>;
  return {
    profileId: speaker.id,
    locale: speaker.metadata[PROFILE.locale] ?? "en-us",
    enrollmentStatus: speaker.status === "enrolled" ? "Enrolled" : "Enrolling",
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

export const withUnits = (lengths: Readonly<Record<string, number>>, v2: boolean): Record<string, number> =>
  Object.fromEntries(Object.entries(lengths).map(([name, value]) => [lengthName(name, v2), value]));

/** The lengths of an enrolled clip in seconds, under the names of the version. */
export const clipLengths = (lengths: Record<keyof typeof CLIP_LENGTHS, number>, v2: boolean) =>
  withUnits(lengths, v2);

/**
 * Returns a score as Azure's clients expect it, 0..1: the cosine, with 0 for anything below. It
 * isn't a probability. Null for a key without the scope `scores:read`.
 */
export const scoreOf = (cosine: number | undefined, mayRead: boolean): number | null =>
  mayRead ? Math.min(1, Math.max(0, cosine ?? 0)) : null;
