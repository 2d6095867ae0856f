import type { BundledCalibrations, BundledCohorts, Clock, Embedder, Random, Services } from "../../ports.ts";
import { processChores } from "../shared/chores.ts";
import { systemClock, systemRandom } from "../shared/world.ts";
import { localActive } from "./active.ts";
import { localCalibrations } from "./calibrations.ts";
import { localClips, removeStaleWrites } from "./clips.ts";
import { localCohorts } from "./cohorts.ts";
import { localDecisions } from "./decisions.ts";
import { localGallery } from "./gallery.ts";
import { localGroups } from "./groups.ts";
import { localIdempotency } from "./idempotency.ts";
import { localKeys } from "./keys.ts";
import { localLimits } from "./limits.ts";
import { localRegistries } from "./registries.ts";
import { localSecret } from "./secret.ts";
import { localSpeakers } from "./speakers.ts";
import { openDatabase } from "./sqlite.ts";

/** Everything in one folder: `voiceroll.db`, `audio/`, `secret.key`. `close` closes the embedder too. */
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
  const chores = processChores();
  removeStaleWrites(folder, clock.now());
  return {
    registries: localRegistries(database),
    keys: localKeys(database),
    speakers: localSpeakers(database),
    clips: localClips(folder, random),
    groups: localGroups(database),
    gallery: localGallery(database),
    embedder,
    cohorts: localCohorts(database, cohorts),
    calibrations: { ...calibrations, ...localCalibrations(database) },
    active: localActive(database),
    chores,
    decisions: localDecisions(database, clock),
    idempotency: localIdempotency(database, clock),
    limits: localLimits(database, clock),
    clock,
    random,
    secret: localSecret(folder, random),
    async close() {
      await chores.close();
      if (database.isOpen) database.close();
      await embedder.close();
    },
  };
}
