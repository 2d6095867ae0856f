import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { localServices } from "../../lib/adapters/local/services.ts";
import { fakeEmbedder } from "../support/fake-embedder.ts";
import { fakeClock, fakeModelData, seededRandom } from "../support/services.ts";
import { activeStoreContract } from "./active-store.ts";
import { calibrationStoreContract } from "./calibration-store.ts";
import { choresContract } from "./chores.ts";
import { clipItemsContract } from "./clip-items.ts";
import { clipStoreContract } from "./clip-store.ts";
import { cohortStoreContract } from "./cohort-store.ts";
import { galleryContract } from "./gallery.ts";
import { groupStoreContract } from "./group-store.ts";
import { idempotencyStoreContract } from "./idempotency-store.ts";
import { jobStoreContract } from "./job-store.ts";
import {
  decisionStoreContract,
  keyStoreContract,
  limitStoreContract,
  registryStoreContract,
} from "./small-stores.ts";
import { speakerStoreContract } from "./speaker-store.ts";
import type { OpenStore } from "./store.ts";
import { uploadFilesContract, uploadStoreContract } from "./upload-store.ts";

const open: OpenStore = async () => {
  const folder = await mkdtemp(join(tmpdir(), "voiceroll-contract-"));
  const clock = fakeClock();
  const opening = () =>
    localServices(folder, { ...fakeModelData(fakeEmbedder()), clock, random: seededRandom() });
  const [one, other] = [opening(), opening()];
  onTestFinished(async () => {
    await Promise.all([one.close(), other.close()]);
    await rm(folder, { recursive: true, force: true });
  });
  return { one, other, clock };
};

for (const contract of [
  speakerStoreContract,
  clipItemsContract,
  clipStoreContract,
  galleryContract,
  keyStoreContract,
  registryStoreContract,
  activeStoreContract,
  calibrationStoreContract,
  groupStoreContract,
  cohortStoreContract,
  choresContract,
  decisionStoreContract,
  idempotencyStoreContract,
  limitStoreContract,
  uploadStoreContract,
  jobStoreContract,
])
  contract(open);

uploadFilesContract(open, async ({ uploadFiles }, upload, bytes) => {
  const { fields } = await uploadFiles.form(upload);
  await uploadFiles.receive?.(upload, fields, bytes);
});
