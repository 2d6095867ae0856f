import { expect, inject, test } from "vitest";
import { uploadWorker } from "../../functions/upload-events.ts";
import { ensureRegistry } from "../../lib/domain/registry.ts";
import { sweepAll } from "../../lib/domain/sweep.ts";
import { makeId } from "../../lib/id.ts";
import type { Services } from "../../lib/ports.ts";
import { bytesOf, type Client, clientOf } from "../functions/client.ts";
import { announce, bodyOf } from "../functions/upload.ts";
import { awsPlace, standInClients } from "../support/aws.ts";
import { policyOf } from "../support/policy.ts";
import { bindTo } from "../support/rights.ts";

const standIns = inject("standIns");

/** One table and bucket, opened by several functions, each with the rights of its own role. */
async function functionsOn(): Promise<{ as(role: string): Services; api: Client }> {
  if (!standIns) throw new RangeError("no servers");
  const at = standIns;
  const { clock, open } = await awsPlace(at);
  const as = (role: string) => {
    const clients = standInClients(at);
    bindTo(policyOf(role), new Set(), Object.values(clients));
    return open(clients);
  };
  const services = as("ApiRole");
  const { registryId } = await ensureRegistry(services, "test");
  return { as, api: await clientOf({ ...services, clock, registryId, folder: "" }) };
}

/** As a browser does it: the form that the API signed, posted to the bucket itself. */
async function posted(api: Client, text: string, more: object): Promise<string> {
  const bytes = bytesOf(text);
  const { body } = await announce(api, bytes, more);
  const reply = await fetch(body.form.url, { method: "POST", body: bodyOf(body.form, bytes) });
  expect(reply.status).toBe(204);
  return body.upload.id;
}

test.skipIf(!standIns)(
  "the upload worker enrols what arrived, and the sweeper removes what is over, each with its own role's rights",
  async () => {
    const { as, api } = await functionsOn();
    const { registryId, clock } = api.services;
    const id = await posted(api, "voice=alice take=1", { enrol: { speaker: "alice" } });
    const events: string[] = [];
    const handler = uploadWorker(as("UploadWorkerRole"), { log: ({ event }) => void events.push(event) });
    const s3 = { object: { key: `uploads/${registryId}/${id}` } };
    const body = JSON.stringify({ Records: [{ eventName: "ObjectCreated:Post", s3 }] });
    expect(await handler({ Records: [{ messageId: "m", body }] })).toEqual({ batchItemFailures: [] });
    expect(events).toEqual(["upload.enrolled"]);
    expect((await api.call("GET", "/speakers/alice")).body.clips).toBe(1);

    await posted(api, "voice=bob take=1", {});
    const abandoned = makeId("clp", Buffer.alloc(10, 1));
    await as("ApiRole").clips.put(
      registryId,
      makeId("spk", Buffer.alloc(10, 2)),
      abandoned,
      bytesOf("no speaker's"),
    );
    clock.advance(25 * 3600);
    expect(await sweepAll(as("SweeperRole"), AbortSignal.timeout(60_000))).toEqual({ uploads: 1, clips: 1 });
  },
  120_000,
);
