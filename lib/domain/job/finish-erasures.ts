import type { RegistryId } from "../../id.ts";
import type { Job } from "../../ports/job.ts";
import type { Services } from "../../ports/services.ts";
import { earliestNow } from "../../set-clock.ts";
import { untilCommitted } from "../commit.ts";
import { type Redact, redactor, SETTLED_MS } from "../speaker/redact.ts";
import {
  type CohortLine,
  decodeManifest,
  encodeManifest,
  type ManifestLine,
  type TrialLine,
} from "./lines.ts";

type Needs = Pick<
  Services,
  | "clock"
  | "decisions"
  | "erasures"
  | "heardProbes"
  | "idempotency"
  | "jobs"
  | "random"
  | "secret"
  | "uploadFiles"
  | "uploads"
>;
/** How many records of each kind named an erased speaker. */
export type RedactedCounts = { decisions: number; replies: number; uploads: number; jobResults: number };

const RESULTS = 1000;
/** The problem of a line that names an erased speaker. */
export const ERASED = {
  slug: "speaker-not-found",
  detail: "The speaker was erased before this was enrolled.",
} as const;

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
  // A verification that ran during the erasure may have stored its probe after it.
  for (const { uid } of erasures) await services.heardProbes.forget(registryId, uid);
  const redact = redactor(services.secret, registryId, erasures, services.clock.now());
  counts.decisions = await services.decisions.rewrite(registryId, (decision) =>
    redact(decision, Date.parse(decision.at)),
  );
  counts.replies = await services.idempotency.rewrite(registryId, (reply, claimedAt) => {
    const body = reply.body === "" ? undefined : redact(JSON.parse(reply.body) as unknown, claimedAt);
    return body === undefined ? undefined : { ...reply, body: JSON.stringify(body) };
  });
  counts.uploads = await redactUploads(services, registryId, redact);
  for (const job of await services.jobs.list(registryId)) {
    if (signal?.aborted) return counts;
    counts.jobResults += await redactJob(services, job, redact);
  }
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
  if (job.state !== "done") await redactManifest(services, job, redact);
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
async function redactManifest(services: Needs, job: Job, redact: Redact): Promise<void> {
  const { registryId, jobId, kind } = job;
  const bytes = await services.jobs.manifest(registryId, jobId);
  if (!bytes) return;
  const time = Date.parse(job.createdAt);
  const lines = decodeManifest<ManifestLine | TrialLine | CohortLine>(bytes);
  const next = lines.map((line) => {
    if (!redact(namesOf(line), time)) return line;
    return kind === "build-cohort" ? { unfit: ERASED.detail } : { problem: ERASED };
  });
  if (next.some((line, i) => line !== lines[i]))
    await services.jobs.putManifest(registryId, jobId, await encodeManifest(next));
}

/** The parts of a line that can name a speaker, without its audio. */
function namesOf(line: ManifestLine | TrialLine | CohortLine): object {
  if ("problem" in line || "probe" in line) return line;
  const speaker = "speakerId" in line ? { speakerId: line.speakerId } : {};
  return { ...speaker, audio: [line.audio ?? []].flat().filter((source) => "clip" in source) };
}
