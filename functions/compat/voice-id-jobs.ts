import { createHash } from "node:crypto";
import { z } from "@hono/zod-openapi";
import { requireJob } from "../../lib/domain/job/read.ts";
import { listVoiceIdJobs, startVoiceIdJob } from "../../lib/domain/job/voice-id-job.ts";
import { AppError } from "../../lib/error.ts";
import { isJobId, type JobId } from "../../lib/id.ts";
import type { Job } from "../../lib/ports/job.ts";
import {
  Described,
  type Fraud,
  JobStatus,
  jobOf,
  Start,
  Summary,
  settingsOf,
  statusOf,
} from "./voice-id-job-shapes.ts";
import { operation, voiceIdPage } from "./voice-id-operation.ts";
import { Domain, Following, PageFields } from "./voice-id-shapes.ts";

const One = Domain.extend({ JobId: z.string().min(1).max(64).describe("The job's ID.") });

export const startSpeakerEnrollmentJob = operation("StartSpeakerEnrollmentJob", {
  operationId: "startJob",
  summary: "Enroll the speakers of a manifest",
  scope: "speakers:write",
  audit: "changes",
  input: Start,
  reply: Described,
  async handle(services, { registry: { registryId }, act, c, fields }) {
    refuseFraudDetection(fields.EnrollmentConfig?.FraudDetectionConfig);
    const { keyId } = c.var.key;
    const { ClientToken: token } = fields;
    const attempt = token === undefined ? undefined : { mark: markOf(`${keyId} ${token}`), retry: true };
    const job = await startVoiceIdJob(services, { registryId, keyId, attempt, voiceId: settingsOf(fields) });
    act.details = { job: job.jobId, kind: job.kind };
    return { Job: jobOf(job) };
  },
});

export const describeSpeakerEnrollmentJob = operation("DescribeSpeakerEnrollmentJob", {
  operationId: "readJob",
  summary: "Read a job's progress",
  scope: "speakers:write",
  audit: "none",
  input: One,
  reply: Described,
  async handle(services, { registry: { registryId }, fields }) {
    return { Job: jobOf(await requireJob(services, { registryId, jobId: voiceIdJobId(fields.JobId) })) };
  },
});

export const listSpeakerEnrollmentJobs = operation("ListSpeakerEnrollmentJobs", {
  operationId: "listJobs",
  summary: "List the jobs of the last 30 days, newest first",
  scope: "speakers:write",
  audit: "none",
  input: PageFields.extend({ JobStatus: JobStatus.optional() }),
  reply: Following.extend({ JobSummaries: z.array(Summary).describe("May be fewer than asked for.") }),
  async handle(services, request) {
    const { registry, fields } = request;
    const filter = (job: Job) => fields.JobStatus === undefined || statusOf(job) === fields.JobStatus;
    const { items, following } = await voiceIdPage(services, request, "ListSpeakerEnrollmentJobs", (page) =>
      listVoiceIdJobs(services, { registryId: registry.registryId, filter, ...page }),
    );
    return { JobSummaries: items.map(jobOf), ...following };
  },
});

export function voiceIdJobId(text: string): JobId {
  if (isJobId(text)) return text;
  throw new AppError("job-not-found", "No such job. Jobs are deleted after 30 days.");
}

function refuseFraudDetection(config: z.output<typeof Fraud> | undefined): void {
  if (config === undefined || config.FraudDetectionAction === "IGNORE") return;
  throw new AppError(
    "validation-failed",
    "Enrolling with fraud detection isn't supported. Send the FraudDetectionAction IGNORE, and search the watchlist " +
      "for each speaker yourself: POST /identify with a group.",
  );
}

const markOf = (text: string): string =>
  createHash("sha256").update(`voice-id ${text}`).digest("hex").slice(0, 32);
