import { describe, inject } from "vitest";
import { everyContract } from "../contract/every.ts";
import type { OpenStore } from "../contract/store.ts";
import { uploadFilesContract } from "../contract/upload-store.ts";
import { awsPlace } from "../support/aws.ts";

const standIns = inject("standIns");

const open: OpenStore = async () => {
  if (!standIns) throw new RangeError("no servers");
  const { clock, open: opening } = await awsPlace(standIns);
  return { one: opening(), other: opening(), clock };
};

describe.skipIf(!standIns)("on DynamoDB and S3", () => {
  everyContract(open);

  uploadFilesContract(open, async ({ uploadFiles }, upload, bytes) => {
    const { url, fields } = await uploadFiles.form(upload);
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    body.append("file", new Blob([new Uint8Array(bytes)]));
    const posted = await fetch(url, { method: "POST", body });
    if (!posted.ok) throw new Error(`${posted.status} ${await posted.text()}`);
  });
});
