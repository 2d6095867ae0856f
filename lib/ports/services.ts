import type { AuditStore } from "./audit.ts";
import type { BackgroundTasks } from "./background-task.ts";
import type { ActiveStore, CalibrationStore } from "./calibration.ts";
import type { CandidateStore } from "./candidate-voice.ts";
import type { CohortStore } from "./cohort.ts";
import type { ConsentProofStore } from "./consent.ts";
import type { DecisionStore, HeardProbeStore, IdempotencyStore, LimitStore } from "./decision.ts";
import type { ErasureStore, OptOutStore, Remnant } from "./erasure.ts";
import type { Gallery } from "./gallery.ts";
import type { SpeakerRejectStore } from "./guess.ts";
import type { JobStore } from "./job.ts";
import type { Embedder } from "./model.ts";
import type { KeyStore, RegistryStore } from "./registry.ts";
import type { RetentionStore } from "./retention.ts";
import type { ClipStore, GroupStore, SpeakerStore } from "./speaker.ts";
import type { TemplateKeys } from "./template-keys.ts";
import type { UploadFiles, UploadStore } from "./upload.ts";
import type { UriFiles } from "./uri-file.ts";
import type { EventBus, OutboxStore, WebhookSender, WebhookStore } from "./webhook.ts";
import type { Clock, Random } from "./world.ts";

/**
 * Everything that operations need from outside. Each adapter passes the suites in test/contract.
 */
export type Services = {
  registries: RegistryStore;
  keys: KeyStore;
  speakers: SpeakerStore;
  templateKeys: TemplateKeys;
  clips: ClipStore;
  uploads: UploadStore;
  uploadFiles: UploadFiles;
  uriFiles: UriFiles;
  jobs: JobStore;
  groups: GroupStore;
  gallery: Gallery;
  embedder: Embedder;
  candidates: CandidateStore;
  cohorts: CohortStore;
  calibrations: CalibrationStore;
  active: ActiveStore;
  backgroundTasks: BackgroundTasks;
  decisions: DecisionStore;
  heardProbes: HeardProbeStore;
  idempotency: IdempotencyStore;
  limits: LimitStore;
  speakerRejects: SpeakerRejectStore;
  erasures: ErasureStore;
  optOuts: OptOutStore;
  consentProofs: ConsentProofStore;
  audit: AuditStore;
  retention: RetentionStore;
  webhooks: WebhookStore;
  outbox: OutboxStore;
  webhookSender: WebhookSender;
  /** Gets every event as well. Undefined: the deployment has no bus. */
  eventBus: EventBus | undefined;
  /** What this store keeps of an erased speaker, and for how long. */
  remnants: readonly Remnant[];
  clock: Clock;
  random: Random;
  /** 32 bytes that only this deployment knows. They key the hashes of API keys and seal cursors. */
  secret: Uint8Array;
  /**
   * Secrets that the deployment had before. What was made under them stays valid: API keys,
   * opt-outs of erased speakers, webhooks' secrets.
   */
  formerSecrets: readonly Uint8Array[];
  close(): Promise<void>;
};

/** The secrets that something can have been made under. */
export type Secrets = Pick<Services, "formerSecrets" | "secret">;
