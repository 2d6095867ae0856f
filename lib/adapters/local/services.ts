import { join } from "node:path";
import type { BundledCalibrations } from "../../ports/calibration.ts";
import type { BundledCohorts } from "../../ports/cohort.ts";
import type { Embedder } from "../../ports/model.ts";
import type { Services } from "../../ports/services.ts";
import type { Clock, Random } from "../../ports/world.ts";
import { processBackgroundTasks } from "../shared/background-tasks.ts";
import { systemClock, systemRandom } from "../shared/world.ts";
import { localActive } from "./active.ts";
import { localCalibrations } from "./calibrations.ts";
import { localClips } from "./clips.ts";
import { localCohorts } from "./cohorts.ts";
import { localDecisions } from "./decisions.ts";
import { localGallery } from "./gallery.ts";
import { localGroups } from "./groups.ts";
import { localIdempotency } from "./idempotency.ts";
import { localJobs } from "./jobs.ts";
import { localKeys } from "./keys.ts";
import { localLimits } from "./limits.ts";
import { removeStaleWrites } from "./own-files.ts";
import { localRegistries } from "./registries.ts";
import { localSecret } from "./secret.ts";
import { localSpeakers } from "./speakers.ts";
import { openDatabase } from "./sqlite.ts";
import { localUploadFiles } from "./upload-files.ts";
import { localUploads } from "./uploads.ts";

/** Everything in one folder: `voiceroll.db`, `audio/`, `jobs/`, `uploads/`, `secret.key`. `close` closes the embedder too. */
export function localServices(
  folder: string,
  given: {
    embedder: Embedder;
    cohorts: BundledCohorts;
    calibrations: BundledCalibrations;
    clock?: Clock;
    random?: Random;
  },
): Services {
  const { embedder, cohorts, calibrations, clock = systemClock, random = systemRandom } = given;
  const database = openDatabase(folder);
  const backgroundTasks = processBackgroundTasks();
  const secret = localSecret(folder, random);
  for (const files of ["audio", "jobs", "uploads"]) removeStaleWrites(join(folder, files), clock.now());
  return {
    registries: localRegistries(database),
    keys: localKeys(database),
    speakers: localSpeakers(database),
    clips: localClips(folder, random),
    uploads: localUploads(database, clock),
    uploadFiles: localUploadFiles(folder, random, secret),
    jobs: localJobs(database, { folder, clock, random }),
    groups: localGroups(database),
    gallery: localGallery(database),
    embedder,
    cohorts: localCohorts(database, cohorts),
    calibrations: { ...calibrations, ...localCalibrations(database) },
    active: localActive(database),
    backgroundTasks,
    decisions: localDecisions(database, clock),
    idempotency: localIdempotency(database, clock),
    limits: localLimits(database, clock),
    clock,
    random,
    secret,
    async close() {
      await backgroundTasks.close();
      if (database.isOpen) database.close();
      await embedder.close();
    },
  };
}
