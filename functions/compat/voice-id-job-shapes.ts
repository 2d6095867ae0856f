import { z } from "@hono/zod-openapi";
import { AppError } from "../../lib/error.ts";
import type { Job, VoiceIdSettings } from "../../lib/ports/job.ts";
import { Domain, Seconds, seconds } from "./voice-id-shapes.ts";

const S3Uri = z.string().min(1).max(1024);
const Input = z.object({ S3Uri: S3Uri.describe("The manifest, under a prefix that the operator allows.") });
const Output = z.object({
  S3Uri: S3Uri.describe(
    "Nothing is written there: `GET /compat/voice-id/output/{JobId}` has the output file.",
  ),
  KmsKeyId: z.string().max(2048).optional().describe("Repeated in replies and not used."),
});
export const Fraud = z.object({
  FraudDetectionAction: z.enum(["IGNORE", "FAIL"]).optional().describe("Only `IGNORE` is supported."),
  RiskThreshold: z.int().min(0).max(100).optional().describe("Not supported."),
  WatchlistIds: z.array(z.string()).optional().describe("Not supported."),
});
const Enrollment = z.object({
  ExistingEnrollmentAction: z
    .enum(["SKIP", "OVERWRITE"])
    .optional()
    .describe("`SKIP`, the default, leaves enrolled speakers as they are; `OVERWRITE` replaces their clips."),
  FraudDetectionConfig: Fraud.optional().describe("Without it, nothing is checked."),
});
const JobName = z.string().min(1).max(256).describe("Your name for the job.");
const RoleArn = z.string().min(1).max(2048).describe("Repeated in replies and not used.");

export const Start = Domain.extend({
  ClientToken: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe("A request with the token of an earlier one gets that one's job."),
  JobName: JobName.optional(),
  DataAccessRoleArn: RoleArn.optional(),
  InputDataConfig: Input.describe("Where the manifest is."),
  OutputDataConfig: Output.describe("Where Voice ID wrote the output file."),
  EnrollmentConfig: Enrollment.optional().describe("How to enroll."),
});
const STATUSES = ["SUBMITTED", "IN_PROGRESS", "COMPLETED", "COMPLETED_WITH_ERRORS", "FAILED"] as const;
export const JobStatus = z
  .enum(STATUSES)
  .describe("`COMPLETED_WITH_ERRORS` if any recording was refused; `FAILED` if the job ended early.");
export const Summary = Domain.extend({
  JobName: JobName.optional(),
  JobId: z.string().describe("The job's ID. `GET /jobs/{JobId}` has the result of each request."),
  JobStatus,
  CreatedAt: Seconds,
  EndedAt: Seconds.optional(),
  FailureDetails: z
    .object({
      StatusCode: z.int().describe("500 if the service failed, or else 400."),
      Message: z.string().describe("What is wrong and what to do about it, for a person."),
    })
    .optional()
    .describe("Why the job ended early."),
  JobProgress: z
    .object({ PercentComplete: z.int().min(0).max(100).describe("0 until the manifest is read.") })
    .describe("How many of the requests are done."),
}).openapi("VoiceIdJobSummary");
export const Described = z.object({
  Job: Summary.extend({
    DataAccessRoleArn: RoleArn.optional(),
    InputDataConfig: Input.describe("As in the request."),
    OutputDataConfig: Output.describe("As in the request."),
    EnrollmentConfig: Enrollment.describe("As in the request, with the defaults."),
  }).openapi("VoiceIdJob"),
});

export const settingsOf = (fields: z.output<typeof Start>): VoiceIdSettings => ({
  domainId: fields.DomainId,
  name: fields.JobName,
  role: fields.DataAccessRoleArn,
  inputUri: fields.InputDataConfig.S3Uri,
  outputUri: fields.OutputDataConfig.S3Uri,
  kmsKeyId: fields.OutputDataConfig.KmsKeyId,
  existing: fields.EnrollmentConfig?.ExistingEnrollmentAction === "OVERWRITE" ? "overwrite" : "skip",
  ignoresFraud: fields.EnrollmentConfig?.FraudDetectionConfig !== undefined,
});

export function statusOf({ state, failed, problem, canceled }: Job): (typeof STATUSES)[number] {
  if (state === "waiting") return "SUBMITTED";
  if (state === "running") return "IN_PROGRESS";
  if (problem || canceled) return "FAILED";
  return failed > 0 ? "COMPLETED_WITH_ERRORS" : "COMPLETED";
}

/** Throws `job-not-found` for a job that another route has started. */
export function jobOf(job: Job): z.input<typeof Described>["Job"] {
  const { voiceId, jobId, createdAt, updatedAt, total, done, state, problem, canceled } = job;
  if (!voiceId)
    throw new AppError("job-not-found", "This job was started by POST /jobs. Read it with GET /jobs.");
  const ignored = voiceId.ignoresFraud
    ? { FraudDetectionConfig: { FraudDetectionAction: "IGNORE" as const } }
    : {};
  const failure = problem?.detail ?? (canceled ? "The job was canceled." : undefined);
  return {
    DomainId: voiceId.domainId,
    JobName: voiceId.name,
    JobId: jobId,
    JobStatus: statusOf(job),
    CreatedAt: seconds(createdAt),
    ...(state === "done" ? { EndedAt: seconds(updatedAt) } : {}),
    ...(failure === undefined
      ? {}
      : { FailureDetails: { StatusCode: problem?.slug === "internal-error" ? 500 : 400, Message: failure } }),
    JobProgress: { PercentComplete: total ? Math.floor((100 * done) / total) : 0 },
    DataAccessRoleArn: voiceId.role,
    InputDataConfig: { S3Uri: voiceId.inputUri },
    OutputDataConfig: { S3Uri: voiceId.outputUri, KmsKeyId: voiceId.kmsKeyId },
    EnrollmentConfig: {
      ExistingEnrollmentAction: voiceId.existing === "skip" ? "SKIP" : "OVERWRITE",
      ...ignored,
    },
  };
}
