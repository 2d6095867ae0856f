import { type Made, type Shared, voicerollFunction } from "./function.ts";
import { consume, followTable, objects, readStream, sendTo, writeTable } from "./permissions.ts";
import type { Queues } from "./queues.ts";
import { TIMEOUT_SECONDS } from "./timeouts.ts";

export type Stores = { table: sst.aws.Dynamo; bucket: sst.aws.Bucket; queues: Queues };
export type Functions = {
  api: Made;
  uploadWorker: Made;
  jobWorker: Made;
  sweeper: Made;
  galleryBuilder: Made;
};

/** The five entries of functions/, each with its list of rights. */
export function functions(shared: Shared, stores: Stores): Functions {
  return {
    api: api(shared, stores),
    uploadWorker: uploadWorker(shared, stores),
    jobWorker: jobWorker(shared, stores),
    sweeper: sweeper(shared, stores),
    galleryBuilder: galleryBuilder(shared, stores),
  };
}

/** Uploads are put by whoever holds a form that this function signed, with this function's right. */
const api = (shared: Shared, { table, bucket, queues }: Stores): Made =>
  voicerollFunction(shared, "Api", {
    handler: "lambda.handler",
    description: "Voiceroll: the HTTP API",
    timeoutSeconds: TIMEOUT_SECONDS.api,
    reserved: shared.stage.apiConcurrency,
    permissions: [
      ...writeTable(table),
      ...objects(bucket, {
        clips: ["read", "pinned", "write", "erase"],
        uploads: ["read", "write", "erase"],
        cohorts: ["read", "write", "erase"],
        galleries: ["read"],
        jobs: ["write"],
      }),
      ...sendTo(queues.jobs.queue),
    ],
  });

/** What enrolling from an upload takes. */
const ENROLLING = {
  clips: ["read", "pinned", "write", "erase"],
  uploads: ["read", "erase"],
  cohorts: ["read"],
  galleries: ["read"],
} satisfies Parameters<typeof objects>[1];

const uploadWorker = (shared: Shared, { table, bucket, queues }: Stores): Made =>
  voicerollFunction(shared, "UploadWorker", {
    handler: "worker-upload.handler",
    description: "Voiceroll: enrolls what was uploaded for a speaker",
    timeoutSeconds: TIMEOUT_SECONDS.uploadWorker,
    permissions: [
      ...writeTable(table),
      ...objects(bucket, ENROLLING),
      ...sendTo(queues.jobs.queue),
      ...consume(queues.uploads.queue),
    ],
  });

const jobWorker = (shared: Shared, { table, bucket, queues }: Stores): Made =>
  voicerollFunction(shared, "JobWorker", {
    handler: "worker-job.handler",
    description: "Voiceroll: batch enrollment, re-embedding, restatement",
    timeoutSeconds: TIMEOUT_SECONDS.jobWorker,
    permissions: [
      ...writeTable(table),
      // The manifest, which may hold audio, goes when its job is done.
      ...objects(bucket, { ...ENROLLING, jobs: ["read", "erase"] }),
      ...sendTo(queues.jobs.queue),
      ...consume(queues.jobs.queue),
    ],
  });

const sweeper = (shared: Shared, { table, bucket, queues }: Stores): Made =>
  voicerollFunction(shared, "Sweeper", {
    handler: "sweeper.handler",
    description: "Voiceroll: daily, removes what nobody may keep any longer",
    timeoutSeconds: TIMEOUT_SECONDS.sweeper,
    failedTo: queues.sweepDead,
    permissions: [
      ...writeTable(table),
      // A clip that was listed while it was being taken for abandoned is put back.
      ...objects(bucket, { clips: ["read", "pinned", "write", "erase"], uploads: ["erase"] }),
      ...sendTo(queues.jobs.queue, queues.sweepDead),
    ],
  });

const galleryBuilder = (shared: Shared, { table, bucket, queues }: Stores): Made =>
  voicerollFunction(shared, "GalleryBuilder", {
    handler: "gallery-builder.handler",
    description: "Voiceroll: folds the change log into the snapshot that identify searches",
    timeoutSeconds: TIMEOUT_SECONDS.galleryBuilder,
    permissions: [
      ...followTable(table),
      ...readStream(table),
      ...objects(bucket, { galleries: ["read", "write", "erase"] }),
      ...sendTo(queues.galleryDead),
    ],
  });
