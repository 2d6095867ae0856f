import type { CandidateId, DecisionId, JobId, SpeakerUid, UploadId } from "../id.ts";
import { Kind } from "./job.ts";
import { text, type View, z } from "./zod.ts";

const uid = text<SpeakerUid>({
  description:
    "The generated ID of the speaker. `GET /speakers/{id}` shows it. Events never contain your IDs.",
  example: "spk_3v8h0d6n9q2k4m7r1t5w8y0abc",
});
const decisionId = text<DecisionId>({ description: "Read it with `GET /decisions/{decisionId}`." });
const candidateId = text<CandidateId>({ description: "Read it with `GET /candidates/{candidateId}`." });
const recording = z.string().openapi({ description: "The upload that was diarized." });
const slug = z
  .string()
  .openapi({ description: "The slug of a problem: `GET /problems/{slug}` explains it." });
const count = z.int().min(0);

/**
 * The data of each type of event: IDs and outcomes, without audio, embeddings, scores and names.
 */
export const EVENT_DATA = {
  "speaker.enrolled": z
    .object({ uid, clips: count })
    .openapi({ description: "A speaker has enough speech: its status is now `enrolled`." }),
  "speaker.erased": z
    .object({ uid })
    .openapi({ description: "A speaker was erased: by a request, or because it expired." }),
  "speaker.opted-out": z
    .object({ uid })
    .openapi({ description: "A person has opted out. Their clips and voiceprint are erased." }),
  "speaker.paused": z
    .object({
      uid,
      decisionId,
      callers: z.enum(["one", "all"]).openapi({
        description: "Whether the pause holds one caller, or every caller with a reject.",
      }),
      rejects: count.openapi({ description: "Rejects in a row." }),
      pauseSeconds: count,
    })
    .openapi({ description: "Verifications of a speaker are paused after too many rejects in a row." }),
  "watchlist.matched": z
    .object({
      uid: uid.openapi({ description: "The speaker that was verified." }),
      decisionId,
      group: z.string().openapi({ description: "The watchlist." }),
      matched: uid.openapi({ description: "The member of the watchlist that the clip sounds like." }),
    })
    .openapi({ description: "The clip of a verification matched a member of the watchlist." }),
  "candidate.created": z.object({ candidateId, recording }).openapi({
    description: "A stranger of a recording is a candidate voice now: nobody like it was known.",
  }),
  "candidate.named": z
    .object({ candidateId, uid })
    .openapi({ description: "A candidate voice was given a name, also in earlier recordings." }),
  "decision.made": z
    .object({
      decisionId,
      operation: z.enum(["verify", "identify", "compare"]),
      decision: z.string().openapi({ example: "accept" }),
      reasons: z.array(z.string()),
      uid: uid.nullable().openapi({ description: "The verified or identified speaker. Null: none." }),
    })
    .openapi({
      description: "A decision was made. Only in a registry with the setting `decisionEvents`.",
    }),
  "job.finished": z
    .object({
      jobId: text<JobId>({ description: "Read it with `GET /jobs/{jobId}`." }),
      kind: Kind,
      succeeded: count,
      failed: count,
      canceled: z.boolean(),
      problem: slug.nullable().openapi({ description: "Why the job ended early. Null: it did not." }),
    })
    .openapi({ description: "A job is `done`." }),
  "upload.failed": z
    .object({
      uploadId: text<UploadId>({ description: "Read it with `GET /uploads/{uploadId}`." }),
      problem: slug,
    })
    .openapi({ description: "An upload that names a speaker could not be enrolled." }),
} as const;

export type EventData = { readonly [Type in keyof typeof EVENT_DATA]: View<(typeof EVENT_DATA)[Type]> };
export type EventType = keyof EventData;
export const EVENT_TYPES = Object.keys(EVENT_DATA) as [EventType, ...EventType[]];
