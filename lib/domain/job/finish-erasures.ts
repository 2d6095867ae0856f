import type { RegistryId } from "../../id.ts";
import type { Job } from "../../ports/job.ts";
import type { Services } from "../../ports/services.ts";
import { earliestNow } from "../../set-clock.ts";
import { untilCommitted } from "../commit.ts";
import { forgetCandidates } from "../speaker/forget-candidates.ts";
import { type Redact, redactor, SETTLED_MS } from "../speaker/redact.ts";
import { partsOf } from "./batch-lines.ts";
import {
  type CohortLine,
  decodeManifest,
  encodeManifest,
  type ManifestLine,
  type TrialLine,
} from "./lines.ts";
import { ERASED, namesOf } from "./redact-lines.ts";

type Needs = Pick<
  Services,
  | "candidates"
  | "clock"
  | "decisions"
  | "erasures"
  | "heardProbes"
  | "idempotency"
  | "jobs"
  | "random"
  | "formerSecrets"
  | "secret"
  | "uploadFiles"
  | "uploads"
>;
/** How many records of each kind named an erased speaker. */
export type RedactedCounts = { decisions: number; replies: number; uploads: number; jobResults: number };

const RESULTS = 1000;

/**
 * Replaces the IDs of erased speakers by their uids in decisions, stored replies, uploads and jobs.
 * A pending enrollment of an erased speaker is canceled. It can be interrupted and repeated: an
 * erasure is finished when a pass has started after all requests that ran during the erasure.
 */
export async function finishErasures(
  services: Needs,
  { registryId, signal }: { registryId: RegistryId; signal?: AbortSignal | undefined },
): Promise<RedactedCounts> {
  const counts = { decisions: 0, replies: 0, uploads: 0, jobResults: 0 };
  const startedAt = earliestNow(services.clock);
  const erasures = await services.erasures.list(registryId);
  if (erasures.length === 0) return counts;
  // A verification that ran during the erasure may have stored its probe after it, and a
  // request may have named a candidate voice.
  for (const { uid } of erasures) {
    await services.heardProbes.forget(registryId, uid);
    await forgetCandidates(services, registryId, uid);
  }
  const redact = redactor(services, registryId, erasures, services.clock.now());
  counts.decisions = await services.decisions.rewrite(registryId, (decision) =>
    redact(decision, Date.parse(decision.at)),
  );
  counts.replies = await services.idempotency.rewrite(registryId, (reply, claimedAt) => {
    const body = reply.body === "" ? undefined : redact(JSON.parse(reply.body) as unknown, claimedAt);
    return body === undefined ? undefined : { ...reply, body: JSON.stringify(body) };
  });
  counts.uploads = await redactUploads(services, registryId, redact);
  const jobs = await services.jobs.list(registryId);
  for (const job of jobs) {
    if (signal?.aborted) return counts;
    counts.jobResults += await redactJob(services, job, redact);
  }
  // A job that has not read its manifest yet needs to know who was erased.
  if (
    jobs.some(({ kind, state, total }) => kind === "enroll-batch" && state !== "done" && total === undefined)
  )
    return counts;
  for (const erasure of erasures)
    if (startedAt >= Date.parse(erasure.at) + SETTLED_MS) await services.erasures.remove(erasure);
  return counts;
}

async function redactUploads(services: Needs, registryId: RegistryId, redact: Redact): Promise<number> {
  const replaced = await services.uploads.rewrite(registryId, (upload) => {
    const redacted = redact(upload, Date.parse(upload.createdAt));
    const isPending = upload.state === "open" || upload.state === "enrolling";
    return redacted?.enroll && isPending ? { ...redacted, state: "failed", problem: ERASED } : redacted;
  });
  for (const uploadId of replaced) await services.uploadFiles.remove(registryId, uploadId);
  return replaced.length;
}

async function redactJob(services: Needs, job: Job, redact: Redact): Promise<number> {
  const time = Date.parse(job.createdAt);
  if (job.state !== "done")
    for (const part of partsOf(job).keys()) await redactPart(services, job, part, redact);
  let redacted = await redactOutcome(services, job, redact);
  for (let after = 0; after < job.done; ) {
    const results = await services.jobs.results(job.registryId, job.jobId, after, RESULTS);
    for (const result of results) {
      const next = redact(result, time);
      if (!next) continue;
      await services.jobs.replaceResult(job, next);
      redacted += 1;
    }
    after = results.at(-1)?.line ?? job.done;
  }
  return redacted;
}

/** The speakers that a calibration suspects, and the reason why a job ended. */
async function redactOutcome(services: Needs, { registryId, jobId }: Job, redact: Redact): Promise<number> {
  return untilCommitted(services, async () => {
    const job = await services.jobs.get(registryId, jobId);
    const ended = job && redact(pick(job), Date.parse(job.createdAt));
    if (!ended) return 0;
    await services.jobs.put({ ...job, ...ended, version: job.version + 1 });
    return 1;
  });
}

const pick = ({ outcome, problem }: Job): Pick<Job, "outcome" | "problem"> => ({ outcome, problem });

/** Lines keep their places: the job continues by number. */
async function redactPart(services: Needs, job: Job, part: number, redact: Redact): Promise<void> {
  const { registryId, jobId, kind } = job;
  const bytes = await services.jobs.manifest(registryId, jobId, part);
  if (!bytes) return;
  const time = Date.parse(job.createdAt);
  const lines = decodeManifest<ManifestLine | TrialLine | CohortLine>(bytes);
  const next = lines.map((line) => {
    if (!redact(namesOf(line), time)) return line;
    return kind === "build-cohort" ? { unfit: ERASED.detail } : { problem: ERASED };
  });
  if (next.some((line, i) => line !== lines[i]))
    await services.jobs.putManifest(registryId, jobId, await encodeManifest(next), part);
}
