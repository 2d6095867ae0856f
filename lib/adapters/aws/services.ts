import type { ScanThread } from "../../gallery/scans.ts";
import type { BackgroundTasks } from "../../ports/background-task.ts";
import type { BundledCalibrations } from "../../ports/calibration.ts";
import type { BundledCohorts } from "../../ports/cohort.ts";
import type { Embedder } from "../../ports/model.ts";
import type { Services } from "../../ports/services.ts";
import type { UriFiles } from "../../ports/uri-file.ts";
import type { WebhookSender } from "../../ports/webhook.ts";
import type { Clock, Random } from "../../ports/world.ts";
import { processBackgroundTasks } from "../shared/background-tasks.ts";
import { lsnSource } from "../shared/lsn.ts";
import { rotatedSpeakers } from "../shared/rotated-speakers.ts";
import { documentStores } from "../shared/stores/all.ts";
import { registryStore } from "../shared/stores/registries.ts";
import { templates } from "../shared/templates.ts";
import { uriFiles } from "../shared/uri-files.ts";
import { systemClock, systemRandom } from "../shared/world.ts";
import { webhookSender } from "../webhook/sender.ts";
import { sqsBackgroundTasks } from "./background-tasks.ts";
import { candidateGallery } from "./candidates/gallery.ts";
import { indexLedger } from "./candidates/ledger.ts";
import { openCandidates } from "./candidates/open.ts";
import type { CandidateSetting } from "./candidates/setting.ts";
import { type AwsClients, awsClients } from "./clients.ts";
import { bucketStores, eventBusOf } from "./deferred.ts";
import { bucketAttachments, dynamoDocuments } from "./documents.ts";
import { dynamoGallery } from "./gallery.ts";
import { dynamoLimits } from "./limits.ts";
import { dynamoSpeakerRejects } from "./speaker-rejects.ts";
import { dynamoSpeakers } from "./speakers.ts";
import { openTable } from "./table.ts";
import { bucketTemplateKeys, observedStates } from "./template-keys.ts";

/**
 * infra/table.ts configures backups and stream, whose records contain only keys. infra/bucket.ts
 * expires old versions of manifests a day and a midnight after they were rewritten, which can be a
 * day after the erasure.
 */
const REMNANTS = [
  { where: "point-in-time backups of the table", days: 35 },
  { where: "the ID, in keys of the table's stream", days: 1 },
  { where: "canceled lines, in old versions of the manifests of unfinished batches", days: 3 },
] as const;

/**
 * Opens the stores on one table, one bucket and one queue. `close` also closes the clients and the
 * embedder. What uses another service than DynamoDB is loaded when it is first called.
 *
 * secret: 32 bytes. formerSecrets: by default none
 * jobQueueUrl: without a queue, tasks run in this process
 */
export function awsServices(given: {
  table: string;
  bucket: string;
  kmsKeyId?: string | undefined;
  secret: Uint8Array;
  formerSecrets?: readonly Uint8Array[];
  jobQueueUrl?: string | undefined;
  /** For your own server, which also works on what arrives: the queue of S3's messages. */
  uploadQueueUrl?: string | undefined;
  /** The EventBridge bus that gets every event. */
  eventBus?: string | undefined;
  /** For registries that don't fit into memory. By default none. */
  candidates?: CandidateSetting | undefined;
  /**
   * Searches large galleries, for a process that serves several requests at once. `close` closes
   * it.
   */
  scanThread?: ScanThread & { close(): Promise<void> };
  webhookSender?: WebhookSender | undefined;
  /** By default, no URI is allowed. */
  uriFiles?: UriFiles | undefined;
  embedder: Embedder;
  cohorts: BundledCohorts;
  calibrations: BundledCalibrations;
  clock?: Clock;
  random?: Random;
  clients?: AwsClients;
}): Services {
  const { embedder, clock = systemClock, random = systemRandom } = given;
  if (given.secret.length !== 32) throw new RangeError(`the secret has ${given.secret.length} bytes, not 32`);
  const clients = awsClients(given.clients);
  const table = openTable(clients.dynamodb, given.table, { clock, random });
  const { blobs, clips, uploadFiles } = bucketStores(clients.s3, { ...given, clock });
  const drawLsn = lsnSource({ clock, random });
  const own = { clock, random, drawLsn };
  const documents = dynamoDocuments(table, own);
  const templateKeys = bucketTemplateKeys(blobs);
  const { registries, stateOf } = observedStates(registryStore(documents), clock);
  const rotating = templates(templateKeys, stateOf);
  const { backgroundTasks, closeBackgroundTasks } = backgroundTasksOf(clients.sqs, given);
  const whole = dynamoGallery({ table, blobs, clock, templates: rotating, thread: given.scanThread });
  const candidates = given.candidates && {
    index: openCandidates(given.candidates, { client: clients.dynamodb, tableName: given.table, table }),
    from: given.candidates.from,
  };
  const backing = {
    documents,
    registries,
    templates: rotating,
    contents: bucketAttachments(blobs, (registryId, sha256) => `cohorts/${registryId}/${sha256}`),
    manifests: bucketAttachments(blobs, (registryId, jobId) => `jobs/${registryId}/${jobId}/manifest.jsonl`),
  };
  return {
    ...documentStores(backing, { cohorts: given.cohorts, calibrations: given.calibrations, ...own }),
    speakerRejects: dynamoSpeakerRejects(table, clock, rotating),
    speakers: rotatedSpeakers(dynamoSpeakers(table, own), rotating),
    templateKeys,
    clips,
    uploadFiles,
    gallery: candidates
      ? candidateGallery({
          ...candidates,
          table,
          templates: rotating,
          ledger: indexLedger(table),
          whole,
          clock,
        })
      : whole,
    limits: dynamoLimits(table, clock),
    eventBus: given.eventBus === undefined ? undefined : eventBusOf(clients.events, given.eventBus),
    uriFiles: given.uriFiles ?? uriFiles([]),
    webhookSender: given.webhookSender ?? webhookSender({ allowPrivate: false }),
    remnants: REMNANTS,
    embedder,
    backgroundTasks,
    clock,
    random,
    secret: given.secret,
    formerSecrets: given.formerSecrets ?? [],
    async close() {
      await closeBackgroundTasks();
      await given.scanThread?.close();
      clients.destroy();
      await embedder.close();
    },
  };
}

function backgroundTasksOf(
  sqs: ReturnType<typeof awsClients>["sqs"],
  given: Parameters<typeof awsServices>[0],
): { backgroundTasks: BackgroundTasks; closeBackgroundTasks(): Promise<void> } {
  const { jobQueueUrl, uploadQueueUrl } = given;
  const backgroundTasks =
    jobQueueUrl === undefined
      ? processBackgroundTasks()
      : sqsBackgroundTasks(sqs, { jobQueueUrl, uploadQueueUrl });
  return { backgroundTasks, closeBackgroundTasks: () => backgroundTasks.close() };
}
