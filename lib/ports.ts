/** Records and promises: what the operations need from outside. Every adapter passes test/contract/. */

import type { BackgroundTasks } from "./ports/background-task.ts";
import type { ActiveStore, CalibrationStore } from "./ports/calibration.ts";
import type { CohortStore } from "./ports/cohort.ts";
import type { DecisionStore, IdempotencyStore, LimitStore } from "./ports/decision.ts";
import type { Gallery } from "./ports/gallery.ts";
import type { JobStore } from "./ports/job.ts";
import type { Embedder } from "./ports/model.ts";
import type { KeyStore, RegistryStore } from "./ports/registry.ts";
import type { ClipStore, GroupStore, SpeakerStore } from "./ports/speaker.ts";
import type { UploadFiles, UploadStore } from "./ports/upload.ts";
import type { Clock, Random } from "./ports/world.ts";

export * from "./ports/background-task.ts";
export * from "./ports/calibration.ts";
export * from "./ports/cohort.ts";
export * from "./ports/decision.ts";
export * from "./ports/gallery.ts";
export * from "./ports/job.ts";
export * from "./ports/model.ts";
export * from "./ports/registry.ts";
export * from "./ports/speaker.ts";
export * from "./ports/upload.ts";
export * from "./ports/world.ts";

export type Services = {
  registries: RegistryStore;
  keys: KeyStore;
  speakers: SpeakerStore;
  clips: ClipStore;
  uploads: UploadStore;
  uploadFiles: UploadFiles;
  jobs: JobStore;
  groups: GroupStore;
  gallery: Gallery;
  embedder: Embedder;
  cohorts: CohortStore;
  calibrations: CalibrationStore;
  active: ActiveStore;
  backgroundTasks: BackgroundTasks;
  decisions: DecisionStore;
  idempotency: IdempotencyStore;
  limits: LimitStore;
  clock: Clock;
  random: Random;
  /** 32 bytes that only this deployment knows: the pepper of key hashes and the seal of cursors. */
  secret: Uint8Array;
  close(): Promise<void>;
};
