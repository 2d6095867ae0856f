import { z } from "@hono/zod-openapi";
import { Time } from "./replies.ts";
import { Told } from "./upload-replies.ts";

const Count = z.int().min(0);

export const Job = z
  .object({
    id: z.string().openapi({ example: "job_3v8h0d6n9q2k4m7r1t5w8y0abc" }),
    kind: z.enum(["enroll-batch", "re-embed", "refresh-statistics"]),
    state: z.enum(["waiting", "running", "done"]),
    total: Count.nullable().openapi({ description: "Lines of the manifest." }),
    done: Count.openapi({ description: "Results so far." }),
    succeeded: Count,
    failed: Count,
    createdAt: Time,
    updatedAt: Time,
    goneAt: Time.openapi({ description: "Job and results are erased." }),
  })
  .openapi("Job");

export const JobPage = z
  .object({
    job: Job,
    results: z.array(
      z
        .object({
          line: z.int().min(1).openapi({ description: "Of the manifest, from 1." }),
          speaker: z.string().nullable(),
          status: z.enum(["done", "failed"]),
          clips: z.array(z.string()),
          problem: Told.nullable(),
        })
        .openapi("JobResult"),
    ),
    next: z.string().nullable().openapi({ description: "Cursor of the next page; null at the end." }),
  })
  .openapi("JobPage");
