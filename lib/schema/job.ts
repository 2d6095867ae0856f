import type { ClipId, JobId, SpeakerId } from "../id.ts";
import { LaterProblem, Time } from "./measures.ts";
import { orNull, text, type View, z } from "./zod.ts";

const count = z.int().min(0);

export const JobKind = z.enum(["enroll-batch", "re-embed", "refresh-statistics"]);

export const Job = z
  .object({
    id: text<JobId>({ example: "job_3v8h0d6n9q2k4m7r1t5w8y0abc" }),
    kind: JobKind,
    state: z.enum(["waiting", "running", "done"]),
    total: count.nullable().openapi({
      description: "The number of lines in the manifest. Null if the total is not known in advance.",
    }),
    done: count.openapi({ description: "The number of results so far." }),
    succeeded: count,
    failed: count,
    problem: orNull(LaterProblem).openapi({
      description: "Why the job ended early: the API key that started it was revoked. Null otherwise.",
    }),
    createdAt: Time,
    updatedAt: Time,
    goneAt: Time.openapi({ description: "When the job and its results are deleted." }),
  })
  .openapi("Job");

const JobResult = z
  .object({
    line: z.int().min(1).openapi({ description: "The line of the manifest, starting at 1." }),
    speaker: text<SpeakerId>().nullable(),
    status: z.enum(["done", "failed"]),
    clips: z.array(text<ClipId>()),
    problem: orNull(LaterProblem),
  })
  .openapi("JobResult");

export const JobPage = z
  .object({
    job: Job,
    results: z.array(JobResult),
    next: z.string().nullable().openapi({ description: "Cursor of the next page. Null on the last page." }),
  })
  .openapi("JobPage");

export type JobView = View<typeof Job>;
export type JobResultView = View<typeof JobResult>;
