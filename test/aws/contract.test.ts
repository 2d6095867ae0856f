import { describe, inject } from "vitest";
import { activeStoreContract } from "../contract/active-store.ts";
import { calibrationStoreContract } from "../contract/calibration-store.ts";
import { choresContract } from "../contract/chores.ts";
import { clipItemsContract } from "../contract/clip-items.ts";
import { clipStoreContract } from "../contract/clip-store.ts";
import { cohortStoreContract } from "../contract/cohort-store.ts";
import { galleryContract } from "../contract/gallery.ts";
import { groupStoreContract } from "../contract/group-store.ts";
import { idempotencyStoreContract } from "../contract/idempotency-store.ts";
import { jobStoreContract } from "../contract/job-store.ts";
import {
  decisionStoreContract,
  keyStoreContract,
  limitStoreContract,
  registryStoreContract,
} from "../contract/small-stores.ts";
import { speakerStoreContract } from "../contract/speaker-store.ts";
import type { OpenStore } from "../contract/store.ts";
import { uploadFilesContract, uploadStoreContract } from "../contract/upload-store.ts";
import { awsPlace } from "../support/aws.ts";

const standIns = inject("standIns");

const open: OpenStore = async () => {
  if (!standIns) throw new RangeError("no servers");
  const { clock, open: opening } = await awsPlace(standIns);
  return { one: opening(), other: opening(), clock };
};

describe.skipIf(!standIns)("on DynamoDB and S3", () => {
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
    const { url, fields } = await uploadFiles.form(upload);
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    body.append("file", new Blob([new Uint8Array(bytes)]));
    const posted = await fetch(url, { method: "POST", body });
    if (!posted.ok) throw new Error(`${posted.status} ${await posted.text()}`);
  });
});
