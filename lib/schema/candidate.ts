import type { CandidateId, JobId, SpeakerId } from "../id.ts";
import { LaterProblem, Next, Seconds, Time } from "./measures.ts";
import { orNull, text, type View, z } from "./zod.ts";

const id = text<CandidateId>({ example: "cnd_01kc3v8h0d6n9q2k4m7r1t5w8y" });

const Hearing = z
  .object({
    recording: z.string().openapi({
      description: "The upload that was diarized, or the file, for a recording of the command line.",
    }),
    job: text<JobId>().nullable().openapi({ description: "Null for the command line." }),
    voice: z.int().min(0).openapi({ description: "Its place among the `voices` of the result, from 0." }),
    at: Time,
    speechSeconds: Seconds,
    pieces: z.array(z.object({ start: Seconds, end: Seconds })).openapi({
      description: "What the voice was embedded from: pieces of at least 1.5 s in which it speaks alone.",
    }),
  })
  .openapi("Hearing");

export const Candidate = z
  .object({
    id,
    speaker: text<SpeakerId>().nullable().openapi({
      description: "The speaker whose name it has. Null: nobody has named it.",
      example: "alice",
    }),
    recordings: z.int().min(1).openapi({ description: "In how many recordings it was heard, at most 20." }),
    speechSeconds: Seconds.openapi({ description: "Net speech in all of them." }),
    heard: z.array(Hearing).openapi({ description: "Where and when it was heard, oldest first." }),
    rejected: z.array(z.string()).openapi({
      description: "The candidates and the `uid`s of speakers that it is not, as somebody has said.",
    }),
    createdAt: Time,
    heardAt: Time.openapi({ description: "When it was last heard." }),
    expiresAt: Time.openapi({ description: "When it is deleted, unless it is heard again." }),
  })
  .openapi("CandidateVoice");

export const CandidatePage = z
  .object({ candidates: z.array(Candidate), next: Next })
  .openapi("CandidatePage");

export const CandidateSplit = z
  .object({
    candidate: Candidate,
    split: Candidate,
  })
  .openapi("CandidateSplit");

export const NamedCandidate = z
  .object({
    candidate: Candidate,
    enrollment: z
      .object({
        clips: z.int().min(0).openapi({ description: "How many clips were enrolled." }),
        problem: orNull(LaterProblem).openapi({ description: "Why none was. The name was given anyway." }),
      })
      .nullable()
      .openapi({ description: "Null unless the request asked for `enroll`." }),
  })
  .openapi("NamedCandidate");

export type CandidateEnrollment = NonNullable<View<typeof NamedCandidate>["enrollment"]>;
export type CandidateView = View<typeof Candidate>;
