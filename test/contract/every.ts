import { describe } from "vitest";
import { activeStoreContract } from "./active-store.ts";
import { auditStoreContract } from "./audit-store.ts";
import { backgroundTasksContract } from "./background-tasks.ts";
import { calibrationStoreContract } from "./calibration-store.ts";
import { candidateStoreContract } from "./candidate-store.ts";
import { clipItemsContract } from "./clip-items.ts";
import { clipStoreContract } from "./clip-store.ts";
import { cohortStoreContract } from "./cohort-store.ts";
import { erasureStoreContract } from "./erasure-store.ts";
import { galleryContract } from "./gallery.ts";
import { groupStoreContract } from "./group-store.ts";
import { heardProbeStoreContract } from "./heard-probe-store.ts";
import { idempotencyStoreContract } from "./idempotency-store.ts";
import { jobStoreContract } from "./job-store.ts";
import { retentionStoreContract } from "./retention-store.ts";
import {
  decisionStoreContract,
  keyStoreContract,
  limitStoreContract,
  registryStoreContract,
} from "./small-stores.ts";
import { speakerRejectStoreContract } from "./speaker-reject-store.ts";
import { speakerStoreContract } from "./speaker-store.ts";
import { type OpenStore, underTemplateKeys } from "./store.ts";
import { uploadStoreContract } from "./upload-store.ts";
import { webhookStoreContract } from "./webhook-store.ts";

/**
 * The promises of every store. `uploadFilesContract` is separate because it needs a way to post
 * files.
 */
export function everyContract(open: OpenStore): void {
  for (const contract of [
    speakerStoreContract,
    clipItemsContract,
    clipStoreContract,
    galleryContract,
    keyStoreContract,
    registryStoreContract,
    activeStoreContract,
    auditStoreContract,
    calibrationStoreContract,
    candidateStoreContract,
    groupStoreContract,
    cohortStoreContract,
    backgroundTasksContract,
    decisionStoreContract,
    erasureStoreContract,
    retentionStoreContract,
    heardProbeStoreContract,
    idempotencyStoreContract,
    limitStoreContract,
    speakerRejectStoreContract,
    uploadStoreContract,
    jobStoreContract,
    webhookStoreContract,
  ])
    contract(open);
}

/** The promises of the stores of vectors, under template keys. */
export function rotatedContract(open: OpenStore): void {
  describe("under template keys", () => {
    for (const contract of [
      speakerStoreContract,
      clipItemsContract,
      galleryContract,
      cohortStoreContract,
      candidateStoreContract,
      speakerRejectStoreContract,
    ])
      contract(underTemplateKeys(open));
  });
}
