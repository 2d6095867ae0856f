import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { arch, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { type Architecture, buildFunctions, ROOT } from "../../infra/build/build-lambda.ts";
import type { FunctionName } from "../../infra/build/function-parts.ts";
import { changesPartition } from "../../lib/adapters/aws/keys.ts";
import { systemClock, systemRandom } from "../../lib/adapters/shared/world.ts";
import { issueKey } from "../../lib/domain/registry/key.ts";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import type { RegistryId } from "../../lib/id.ts";
import { SCOPES } from "../../lib/schema/key.ts";
import { environmentOf, openAws, standIns } from "../support/aws-services.ts";
import { fakeEmbedder } from "../support/fake-embedder.ts";
import { fakeModelData } from "../support/fake-world.ts";
import { gatewayEvent, replyOf } from "../support/lambda-events.ts";
import { type LambdaFunction, startFunction } from "../support/lambda-runtime.ts";
import { lambdaTimes } from "../support/lambda-times.ts";

let parent = "";
let services: Awaited<ReturnType<typeof openAws>>;
let registryId: RegistryId;
let key = "";
let start: (name?: FunctionName) => Promise<LambdaFunction>;

/** The deployed folders, on a table and a bucket that this process can read too. */
beforeAll(async () => {
  if (!inject("standIns")) return;
  parent = await mkdtemp(join(tmpdir(), "voiceroll-lambda-"));
  const folder = join(parent, "task");
  await buildFunctions({ architecture: arch() as Architecture, folder, model: "models/ecapa-c256" });
  services = await openAws(fakeModelData(fakeEmbedder()), {
    clock: systemClock,
    random: systemRandom,
  });
  registryId = (await ensureRegistry(services, "test")).registryId;
  key = (await issueKey(services, { registryId, name: "test", scopes: SCOPES })).token;
  start = (name = "lambda") =>
    startFunction(join(folder, name), `${name}.handler`, environmentOf(services.names, standIns()));
});

afterAll(async () => {
  await services?.close();
  if (parent) await rm(parent, { recursive: true, force: true });
});

const sample = (name: string) => readFile(join(ROOT, `samples/${name}.wav`));

async function send(to: LambdaFunction, method: string, path: string, body?: Uint8Array, query = "") {
  const headers = { Authorization: `Bearer ${key}`, "Content-Type": "audio/wav" };
  return replyOf(await to.invoke(gatewayEvent({ method, path, query, headers, ...(body ? { body } : {}) })));
}

test.skipIf(!inject("standIns"))(
  "the deployed function enrolls, verifies, identifies and erases on DynamoDB and S3, and a second process sees it",
  async () => {
    const [first, second] = [await start(), await start()];
    try {
      expect((await send(first, "GET", "/ready")).status).toBe(200);
      for (const take of [1, 2, 3, 4])
        expect((await send(first, "POST", "/speakers/awb/enroll", await sample(`awb/${take}`))).status).toBe(
          201,
        );
      expect((await send(first, "POST", "/speakers/rms/enroll", await sample("rms/1"))).status).toBe(201);
      for (const one of [first, second]) {
        const own = await send(one, "POST", "/verify", await sample("awb/5"), "speaker=awb");
        expect(own.body.decision).toBe("accept");
        const other = await send(one, "POST", "/verify", await sample("slt/1"), "speaker=awb");
        expect(other.body.decision).toBe("reject");
        const found = await send(one, "POST", "/identify", await sample("awb/6"));
        expect([found.body.decision, found.body.candidates[0]?.speaker, found.body.searched]).toEqual([
          "match",
          "awb",
          2,
        ]);
      }
      expect(await services.clips.list(registryId)).toHaveLength(5);
      expect((await send(second, "DELETE", "/speakers/awb")).status).toBe(204);
      const gone = await send(first, "POST", "/identify", await sample("awb/6"));
      expect([gone.body.decision, gone.body.searched]).toEqual(["unknown", 1]);
      expect(await services.clips.list(registryId)).toHaveLength(1);
    } finally {
      await first.close();
      await second.close();
    }
  },
);

const uploaded = async (api: LambdaFunction, speaker: string, bytes: Uint8Array<ArrayBuffer>) => {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const wanted = { mediaType: "audio/wav", bytes: bytes.length, sha256, enroll: { speaker } };
  const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
  const event = gatewayEvent({ method: "POST", path: "/uploads", headers, body: JSON.stringify(wanted) });
  const { body } = replyOf(await api.invoke(event));
  const form = new FormData();
  for (const [name, value] of Object.entries<string>(body.form.fields)) form.append(name, value);
  form.append("file", new Blob([bytes]), "clip.wav");
  expect((await fetch(body.form.url, { method: "POST", body: form })).status).toBe(204);
  return `uploads/${registryId}/${body.upload.id}`;
};

const queued = (body: object) => ({ Records: [{ messageId: "m", body: JSON.stringify(body) }] });

test.skipIf(!inject("standIns"))(
  "each built entry works: enrolls an upload, runs a job's task, sweeps leftovers, builds a gallery",
  async () => {
    const api = await start();
    const clip = new Uint8Array(await sample("kal/1"));
    const object = { key: await uploaded(api, "kal", clip) };
    await services.clips.put(registryId, "spk_gone", "clp_left", clip);
    const keys = { PK: { S: changesPartition(registryId) } };
    const asked: Record<Exclude<FunctionName, "lambda">, { event: object; reply: object }> = {
      "worker-upload": {
        event: queued({ Records: [{ eventName: "ObjectCreated:Post", s3: { object } }] }),
        reply: { batchItemFailures: [] },
      },
      "worker-job": {
        event: queued({ kind: "sweep", registryId }),
        reply: { batchItemFailures: [] },
      },
      sweeper: {
        event: { version: "0", source: "aws.scheduler" },
        reply: { registries: 1 },
      },
      admin: {
        event: { do: "create-key", name: "Door 3", scopes: ["verify"] },
        reply: { key: expect.objectContaining({ name: "Door 3" }), token: expect.stringMatching(/^vr_/) },
      },
      "gallery-builder": {
        event: { Records: [{ dynamodb: { SequenceNumber: "1", Keys: keys } }] },
        reply: { batchItemFailures: [] },
      },
    };
    for (const [entry, { event, reply }] of Object.entries(asked)) {
      const worker = await start(entry as FunctionName);
      try {
        expect(await worker.invoke(event, 60_000), entry).toEqual(reply);
      } finally {
        await worker.close();
      }
    }
    expect((await send(api, "GET", "/speakers/kal")).body).toMatchObject({ clips: 1 });
    expect((await services.clips.list(registryId)).map(({ uid }) => uid)).not.toContain("spk_gone");
    await api.close();
  },
);

test.skipIf(!inject("standIns"))(
  "a new process on the stand-ins answers its first request, and prints its times",
  async () => {
    const once = await start();
    for (const take of [1, 2, 3])
      await send(once, "POST", "/speakers/slt/enroll", await sample(`slt/${take}`));
    await once.close();
    const clip = await sample("slt/4");
    const verified = async (one: LambdaFunction) =>
      expect((await send(one, "POST", "/verify", clip, "speaker=slt")).body.decision).toBe("accept");
    console.log("bundle on DynamoDB Local and moto", await lambdaTimes(() => start(), verified, 20));
  },
);
