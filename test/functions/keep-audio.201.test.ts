import { expect, test } from "vitest";
import { runBackgroundTask } from "../../lib/domain/job/background-task.ts";
import { updateRegistry } from "../../lib/domain/registry/registry.ts";
import { base64Of, bytesOf, type Client, client, json, wav } from "./client.ts";
import { uploaded } from "./upload.ts";

const recordings = async ({ services }: Client) => (await services.clips.list(services.registryId)).length;
const post = (c: Client, path: string, body: object) =>
  c.call("POST", path, { headers: json, body: JSON.stringify(body) });

async function keepNone({ services }: Client): Promise<void> {
  await updateRegistry(services, { registryId: services.registryId, settings: { keepAudio: false } });
}

/** Enrolls four clips of ann: in a raw body, in JSON, in a job, and as an upload. */
async function enrollInEveryWay(c: Client, own: object): Promise<void> {
  const { registryId } = c.services;
  const query = new URLSearchParams(own as Record<string, string>);
  const raw = { headers: wav, body: bytesOf("voice=ann take=1") };
  const first = await c.call("POST", `/speakers/ann/enroll?${query}`, raw);
  expect(first).toMatchObject({ status: 201, body: { clips: [{ recording: false }] } });
  const audio = (take: number) => ({ audio: { base64: base64Of(`voice=ann take=${take}`) } });
  expect((await post(c, "/speakers/ann/enroll", { ...own, ...audio(2) })).status).toBe(201);
  const lines = [{ speaker: "ann", ...own, ...audio(3) }];
  const { id: jobId } = (await post(c, "/jobs", { kind: "enroll-batch", lines })).body;
  await runBackgroundTask(c.services, { kind: "job", registryId, jobId });
  const id = await uploaded(c, "voice=ann take=4", { enroll: { speaker: "ann", ...own } });
  await runBackgroundTask(c.services, {
    kind: "enroll-upload",
    registryId,
    uploadId: id as `upl_${string}`,
  });
}

test.each(["registry", "request"])(
  "a %s that keeps no audio enrolls and verifies without it",
  async (who) => {
    const c = await client();
    if (who === "registry") await keepNone(c);
    await enrollInEveryWay(c, who === "registry" ? {} : { keepAudio: false });
    expect(await recordings(c)).toBe(0);
    expect(await c.services.uploadFiles.list(c.services.registryId)).toEqual([]);
    const { clips } = (await c.call("GET", "/speakers/ann/clips")).body;
    expect(clips.map((one: { recording: boolean }) => one.recording)).toEqual([false, false, false, false]);
    const probe = { headers: wav, body: bytesOf("voice=ann take=9") };
    expect((await c.call("POST", "/verify?speaker=ann", probe)).body.decision).toBe("accept");
    const stored = {
      audioA: { clip: clips[0].id, speaker: "ann" },
      audioB: { base64: base64Of("voice=ann") },
    };
    const compared = await post(c, "/compare", stored);
    expect(compared).toMatchObject({ status: 404, body: { type: "urn:voiceroll:problem:clip-not-found" } });
    expect(compared.body.detail).toContain("stored recording");
  },
);

test("a request can't store recordings in a registry that keeps none", async () => {
  const c = await client();
  await keepNone(c);
  const refused = await post(c, "/speakers/ann/enroll", {
    keepAudio: true,
    audio: { base64: base64Of("voice=ann") },
  });
  expect(refused).toMatchObject({ status: 422, body: { errors: [{ pointer: "/keepAudio" }] } });
  expect((await c.call("GET", "/speakers/ann")).status).toBe(404);
});

test("a recording that was kept stays until it is dropped, whatever the setting becomes", async () => {
  const c = await client();
  expect((await c.enroll("ann", "1", "2")).body.clips[0].recording).toBe(true);
  await keepNone(c);
  await c.enroll("ann", "3");
  expect(await recordings(c)).toBe(2);
});
