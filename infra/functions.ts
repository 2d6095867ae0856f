import { type Made, type Shared, voicerollFunction } from "./function.ts";
import {
  administerKeys,
  consume,
  followTable,
  objects,
  putEvents,
  readOthers,
  readStream,
  readTable,
  searchCandidates,
  sendTo,
  writeCandidates,
  writeTable,
} from "./permissions.ts";
import type { Queues } from "./queues.ts";
import { TIMEOUT_SECONDS } from "./timeouts.ts";

export type Stores = { table: sst.aws.Dynamo; bucket: sst.aws.Bucket; queues: Queues };
export type Functions = {
  api: Made;
  uploadWorker: Made;
  jobWorker: Made;
  sweeper: Made;
  galleryBuilder: Made;
  admin: Made;
};

/** Creates the six functions of functions/aws, each with its permissions. */
export function functions(shared: Shared, stores: Stores): Functions {
  return {
    api: api(shared, stores),
    uploadWorker: uploadWorker(shared, stores),
    jobWorker: jobWorker(shared, stores),
    sweeper: sweeper(shared, stores),
    galleryBuilder: galleryBuilder(shared, stores),
    admin: admin(shared, stores),
  };
}

/**
 * The API signs upload forms, and S3 checks a posted file against the permissions of the signer:
 * hence uploads: write.
 */
const api = (shared: Shared, { table, bucket, queues }: Stores): Made =>
  voicerollFunction(shared, "Api", {
    entry: "lambda",
    description: "Voiceroll: the HTTP API",
    timeoutSeconds: TIMEOUT_SECONDS.api,
    reserved: shared.stage.apiConcurrency,
    permissions: [
      ...writeTable(table),
      ...searchCandidates(table, shared.stage.candidateIndex),
      ...objects(bucket, {
        clips: ["read", "pinned", "write", "erase"],
        uploads: ["read", "write", "erase"],
        cohorts: ["read", "write", "erase"],
        galleries: ["read"],
        templates: ["read"],
        // Canceling a job that waits deletes its manifest, which can contain audio.
        jobs: ["write", "erase"],
      }),
      ...sendTo(queues.jobs.queue),
    ],
  });

/** Permissions needed to enroll a clip from an upload. */
const ENROLLING = {
  clips: ["read", "pinned", "write", "erase"],
  uploads: ["read", "erase"],
  cohorts: ["read"],
  galleries: ["read"],
  templates: ["read"],
} satisfies Parameters<typeof objects>[1];

const uploadWorker = (shared: Shared, { table, bucket, queues }: Stores): Made =>
  voicerollFunction(shared, "UploadWorker", {
    entry: "worker-upload",
    description: "Voiceroll: enrolls clips from uploads",
    timeoutSeconds: TIMEOUT_SECONDS.uploadWorker,
    permissions: [
      ...writeTable(table),
      ...searchCandidates(table, shared.stage.candidateIndex),
      ...objects(bucket, ENROLLING),
      ...sendTo(queues.jobs.queue),
      ...consume(queues.uploads.queue),
    ],
  });

const jobWorker = (shared: Shared, { table, bucket, queues }: Stores): Made =>
  voicerollFunction(shared, "JobWorker", {
    entry: "worker-job",
    description:
      "Voiceroll: batch enrollment, re-embedding, refresh of statistics, calibrations, cohorts, events",
    timeoutSeconds: TIMEOUT_SECONDS.jobWorker,
    permissions: [
      ...writeTable(table),
      ...searchCandidates(table, shared.stage.candidateIndex),
      // The worker deletes the manifest, which can contain audio, when its job is done, and writes
      // it again without the lines of an erased speaker. Cohorts and calibrations are made here. A
      // sweep that deletes a clip as abandoned writes it back if an enrollment has listed it in the
      // meantime.
      ...objects(bucket, {
        ...ENROLLING,
        cohorts: ["read", "write", "erase"],
        jobs: ["read", "write", "erase"],
      }),
      ...readOthers(bucket, shared.stage.filePrefixes),
      ...sendTo(queues.jobs.queue),
      ...consume(queues.jobs.queue),
      ...(shared.stage.eventBus === undefined ? [] : putEvents(shared.stage.eventBus)),
    ],
  });

const sweeper = (shared: Shared, { table, queues }: Stores): Made =>
  voicerollFunction(shared, "Sweeper", {
    entry: "sweeper",
    description: "Voiceroll: queues the daily work of every registry",
    timeoutSeconds: TIMEOUT_SECONDS.sweeper,
    deadLetters: queues.sweepDead,
    permissions: [...readTable(table), ...sendTo(queues.jobs.queue, queues.sweepDead)],
  });

const galleryBuilder = (shared: Shared, { table, bucket, queues }: Stores): Made =>
  voicerollFunction(shared, "GalleryBuilder", {
    entry: "gallery-builder",
    description: "Voiceroll: writes gallery snapshots and the candidate index from the change log",
    timeoutSeconds: TIMEOUT_SECONDS.galleryBuilder,
    permissions: [
      ...followTable(table),
      ...writeCandidates(table, shared.stage.candidateIndex),
      ...readStream(table),
      ...objects(bucket, { galleries: ["read", "write", "erase"] }),
      ...sendTo(queues.galleryDead),
    ],
  });

/** Nothing triggers it: people with the right to invoke it create the first API key. */
const admin = (shared: Shared, { table, bucket }: Stores): Made =>
  voicerollFunction(shared, "Admin", {
    entry: "admin",
    description: "Voiceroll: creates, lists and revokes API keys",
    timeoutSeconds: TIMEOUT_SECONDS.admin,
    permissions: [
      ...administerKeys(table),
      // A new registry gets a template key. A conditional put tells whether it has one.
      { actions: ["s3:PutObject"], resources: [$interpolate`${bucket.arn}/templates/*`] },
    ],
  });
