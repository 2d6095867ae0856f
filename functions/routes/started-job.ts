import type { Context } from "hono";
import { Job, type JobView } from "../../lib/schema/job.ts";
import type { Env } from "../http/env.ts";

/** The reply of a route that starts a job. */
export const startedJob = {
  status: 202,
  description: "The job is accepted",
  schema: Job,
  headers: { Location: { description: "The path of the job.", schema: { type: "string" } } },
} as const;

/** Names the job in the reply's headers. */
export function withLocation(c: Context<Env>, job: JobView): JobView {
  c.header("Location", `/jobs/${job.id}`);
  return job;
}
