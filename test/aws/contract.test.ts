import { describe, expect, inject, onTestFinished, test } from "vitest";
import { dynamoDocuments } from "../../lib/adapters/aws/documents.ts";
import { openTable } from "../../lib/adapters/aws/table.ts";
import { documentsContract } from "../contract/documents.ts";
import { everyContract, rotatedContract } from "../contract/every.ts";
import { historiesContract } from "../contract/histories.ts";
import { HERE, type OpenStore } from "../contract/store.ts";
import { uploadFilesContract } from "../contract/upload-store.ts";
import { awsPlace, standInClients } from "../support/aws.ts";
import { seededRandom } from "../support/fake-world.ts";

const standIns = inject("standIns");

const open: OpenStore = async () => {
  if (!standIns) throw new RangeError("no servers");
  const { clock, open: opening } = await awsPlace(standIns);
  return { one: opening(), other: opening(), clock };
};

describe.skipIf(!standIns)("on DynamoDB and S3", () => {
  documentsContract(async () => {
    if (!standIns) throw new RangeError("no servers");
    const { clock, table } = await awsPlace(standIns);
    const { dynamodb } = standInClients(standIns);
    onTestFinished(() => dynamodb.destroy());
    const world = { clock, random: seededRandom() };
    const documents = () => dynamoDocuments(openTable(dynamodb, table, world), world);
    return { one: documents(), other: documents(), clock };
  });

  everyContract(open);

  rotatedContract(open);

  historiesContract(open, 20);

  test("two processes that count ahead admit no more than the quota, and nearly all of it", async () => {
    const { one, other, clock } = await open();
    const admitted: number[] = [];
    const quota = 150;
    for (let second = 0; second < 90; second++, clock.advance(1)) {
      // One process stops for a while, with requests that it has counted ahead.
      const processes = second % 40 < 20 ? [one, other] : [one];
      const rounds = processes.flatMap((store) => Array(2).fill(store) as (typeof one)[]);
      for (const store of rounds)
        if ((await store.limits.admit(HERE, "r", quota)).admitted) admitted.push(second);
      const minute = admitted.filter((at) => at > second - 60).length;
      expect(minute).toBeLessThanOrEqual(quota);
    }
    expect(admitted.length).toBeGreaterThan(200);
  });

  uploadFilesContract(open, async ({ uploadFiles }, upload, bytes) => {
    const { url, fields } = await uploadFiles.form(upload);
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    body.append("file", new Blob([new Uint8Array(bytes)]));
    const posted = await fetch(url, { method: "POST", body });
    if (!posted.ok) throw new Error(`${posted.status} ${await posted.text()}`);
  });
});
