import type { ClipId, GroupId, SpeakerId, SpeakerUid } from "../id.ts";
import { Cosine, Next, Quality, Seconds, Time } from "./measures.ts";
import { text, type View, z } from "./zod.ts";

const count = z.int().min(0);

export const Speaker = z
  .object({
    id: text<SpeakerId>({ example: "alice" }),
    uid: text<SpeakerUid>({ example: "spk_3v8h0d6n9q2k4m7r1t5w8y0abc" }),
    status: z.enum(["enrolling", "enrolled", "opted-out", "needs-reenrollment"]),
    name: z.string().nullable(),
    metadata: z.record(z.string(), z.string()),
    clips: count,
    speechSeconds: Seconds,
    remainingSpeechSeconds: Seconds.openapi({
      description: "Net speech that is still needed before the status becomes `enrolled`.",
    }),
    cohesion: Cosine.nullable().openapi({
      description:
        "Mean cosine between the clips and the voiceprint. Null if there are fewer than two clips.",
    }),
    model: z.string(),
    version: z.int().min(1),
    createdAt: Time,
    updatedAt: Time,
    expiresAt: Time.nullable().openapi({
      description:
        "From this time on the speaker is refused as if it were erased, and the next sweep erases it. Null: never.",
    }),
  })
  .openapi("Speaker");

export const SpeakerDetail = Speaker.extend({
  attempts: z
    .object({
      rejects: count.openapi({ description: "Rejected verifications in a row, over all callers." }),
      pauseSeconds: count.openapi({
        description:
          "Seconds until a caller with a reject may try again, because of the rejects of all callers together. " +
          "0: no pause.",
      }),
    })
    .openapi({ description: "Failed attempts of the last day. `POST /speakers/{id}/unlock` resets them." }),
}).openapi("SpeakerDetail");

export const SpeakerPage = z
  .object({
    speakers: z.array(Speaker),
    next: Next,
  })
  .openapi("SpeakerPage");

const Clip = z
  .object({
    id: text<ClipId>({ example: "clp_3v8h0d6n9q2k4m7r1t5w8y0abc" }),
    quality: Quality,
    warnings: z.array(z.string()).openapi({ example: ["narrow-band"] }),
    recording: z.boolean().openapi({
      description:
        "Whether the recording is stored. False if the registry or the request says so (`keepAudio`), or if only " +
        "an embedding was imported. Re-embedding with another model then needs a new recording.",
    }),
    createdAt: Time,
  })
  .openapi("Clip");

export const ClipList = z.object({ clips: z.array(Clip) }).openapi("ClipList");

export const Enrollment = z
  .object({
    created: z.boolean().openapi({ description: "True if the speaker is new." }),
    speaker: Speaker,
    clips: z.array(
      Clip.extend({
        similarSpeakers: z
          .array(z.object({ id: text<SpeakerId>(), cosine: Cosine.nullable() }))
          .openapi({ description: "Other speakers of the registry who sound like this clip." }),
      }).openapi("EnrolledClip"),
    ),
  })
  .openapi("Enrollment");

export const Group = z
  .object({
    id: text<GroupId>({ example: "night-shift" }),
    name: z.string().nullable(),
    members: count,
    version: z.int().min(1),
    createdAt: Time,
    updatedAt: Time,
  })
  .openapi("Group");

export const GroupPage = z.object({ groups: z.array(Group), next: Next }).openapi("GroupPage");

export const GroupMembers = z.object({ speakers: z.array(text<SpeakerId>()) }).openapi("GroupMembers");

export type SpeakerView = View<typeof Speaker>;
export type SpeakerDetailView = View<typeof SpeakerDetail>;
export type SpeakerStatus = SpeakerView["status"];
export type ClipView = View<typeof Clip>;
export type GroupView = View<typeof Group>;

/** An enrollment with its scores, which a key without `scores:read` doesn't get. */
export type EnrollReply = {
  created: boolean;
  speaker: SpeakerView;
  clips: readonly (ClipView & { similarSpeakers: readonly { id: SpeakerId; cosine: number }[] })[];
};
