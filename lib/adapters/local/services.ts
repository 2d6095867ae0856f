import { join } from "node:path";
import type { ScanThread } from "../../gallery/scans.ts";
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
import { scanThread } from "../shared/scan-thread.ts";
import { documentStores } from "../shared/stores/all.ts";
import { registryStore } from "../shared/stores/registries.ts";
import { templates } from "../shared/templates.ts";
import { uriFiles } from "../shared/uri-files.ts";
import { systemClock, systemRandom } from "../shared/world.ts";
import { webhookSender } from "../webhook/sender.ts";
import { localClips } from "./clips.ts";
import { databaseAttachments, localDocuments } from "./documents.ts";
import { localGallery } from "./gallery.ts";
import { galleryFiles } from "./gallery-files.ts";
import { localLimits } from "./limits.ts";
import { folderAttachments, removeStaleFiles } from "./own-files.ts";
import { formerLocalSecrets, localSecret } from "./secret.ts";
import { localSpeakerRejects } from "./speaker-rejects.ts";
import { localSpeakers } from "./speakers.ts";
import { hasRecords, openDatabase } from "./sqlite.ts";
import { localTemplateKeys } from "./template-keys.ts";
import { localUploadFiles } from "./upload-files.ts";
import { localWorkers } from "./workers.ts";
import { emptyLogRegularly } from "./write-ahead-log.ts";

/**
 * Keeps everything in one folder: `voiceroll.db`, `audio/`, `galleries/`, `jobs/`, `uploads/`,
 * `secret.key`, `former-secrets.key`,
 * `template-keys/`.
 * `close` also closes the embedder.
 */
export function localServices(
  folder: string,
  given: {
    embedder: Embedder;
    cohorts: BundledCohorts;
    calibrations: BundledCalibrations;
    clock?: Clock;
    random?: Random;
    /** By default one that posts to public addresses only. */
    webhookSender?: WebhookSender | undefined;
    /** By default, no URI is allowed. */
    uriFiles?: UriFiles | undefined;
    /** Searches large galleries. By default a thread of these services. `close` closes it. */
    scanThread?: ScanThread & { close(): Promise<void> };
    /** Called if other users can open the folder. */
    warn?: (message: string) => void;
  },
): Services {
  const { embedder, cohorts, calibrations, clock = systemClock, random = systemRandom } = given;
  const database = openDatabase(folder, given.warn);
  const stopEmptyingLog = emptyLogRegularly(database, folder);
  const backgroundTasks = processBackgroundTasks();
  const secret = localSecret(folder, random, hasRecords(database));
  const formerSecrets = formerLocalSecrets(folder);
  for (const files of ["audio", "jobs", "uploads"]) removeStaleFiles(join(folder, files), clock.now());
  const backing = {
    documents: localDocuments(database, clock),
    contents: databaseAttachments(database),
    manifests: folderAttachments(join(folder, "jobs"), random),
  };
  const drawLsn = lsnSource({ clock, random });
  const workers = localWorkers();
  const templateKeys = localTemplateKeys(folder, random);
  const registries = registryStore(backing.documents);
  const rotating = templates(
    templateKeys,
    async (registryId) => (await registries.get(registryId))?.templates ?? { generation: 0 },
  );
  const speakers = rotatedSpeakers(localSpeakers(database), rotating);
  const stores = documentStores(
    { ...backing, registries, templates: rotating },
    { cohorts, calibrations, clock, random, drawLsn, workers },
  );
  const thread = given.scanThread ?? scanThread();
  const files = galleryFiles(database, random, clock);
  const gallery = localGallery(database, { files, templates: rotating, thread });
  return {
    ...stores,
    speakers,
    templateKeys,
    speakerRejects: localSpeakerRejects(database, clock, { speakers, heardProbes: stores.heardProbes }),
    clips: localClips(folder, random),
    uploadFiles: localUploadFiles(folder, { clock, random, secret }),
    gallery,
    limits: localLimits(database, clock),
    uriFiles: given.uriFiles ?? uriFiles([]),
    webhookSender: given.webhookSender ?? webhookSender({ allowPrivate: false }),
    eventBus: undefined,
    remnants: [],
    embedder,
    backgroundTasks,
    clock,
    random,
    secret,
    formerSecrets,
    async close() {
      await backgroundTasks.close();
      await gallery.close();
      await thread.close();
      stopEmptyingLog();
      if (database.isOpen) database.close();
      await embedder.close();
    },
  };
}
