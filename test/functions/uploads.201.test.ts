import { expect, test } from "vitest";
import { runBackgroundTask } from "../../lib/domain/job/background-task.ts";
import { enrollUpload } from "../../lib/domain/upload/enroll.ts";
import type { BackgroundTask } from "../../lib/ports/background-task.ts";
import { idOf } from "../bad-input/stage.ts";
import { bytesOf, type Client, client, json } from "./client.ts";
import { cohortBuilt } from "./job.ts";
import { announce, post, uploaded } from "./upload.ts";

const clip = (take: string) => `voice=alice take=${take}`;
const read = (c: Client, id: string) => c.call("GET", `/uploads/${id}`);
const use = (c: Client, path: string, fields: object) =>
  c.call("POST", path, { headers: json, body: JSON.stringify(fields) });

test("an upload is waiting, then arrived, then consumed, and is then deleted", async () => {
  const c = await client();
  const bytes = bytesOf(clip("1"));
  const { status, body } = await announce(c, bytes);
  expect(status).toBe(201);
  expect(body.upload).toMatchObject({ state: "waiting", bytes: bytes.length, enroll: null, problem: null });
  expect(body.form).toMatchObject({ method: "POST", expiresAt: body.upload.expiresAt });
  expect((await read(c, body.upload.id)).body.state).toBe("waiting");
  expect((await post(c, body.form, bytes)).status).toBe(204);
  expect((await read(c, body.upload.id)).body.state).toBe("arrived");
  const enrolled = await use(c, "/speakers/alice/enroll", { audio: { upload: body.upload.id } });
  expect(enrolled.status).toBe(201);
  expect((await read(c, body.upload.id)).body.state).toBe("consumed");
  expect(await c.services.uploadFiles.list(c.services.registryId)).toEqual([]);
});

test("enroll, verify, identify, compare and cohorts accept an upload as audio", async () => {
  const c = await client();
  const audio = [await uploaded(c, clip("1")), await uploaded(c, clip("2"))].map((upload) => ({ upload }));
  expect((await use(c, "/speakers/alice/enroll", { audio })).body.speaker.clips).toBe(2);
  const probe = async () => ({ upload: await uploaded(c, clip("3")) });
  expect((await use(c, "/verify", { speaker: "alice", audio: await probe() })).body.decision).toBe("accept");
  expect((await use(c, "/identify", { audio: await probe() })).body.searched).toBe(1);
  const compared = await use(c, "/compare", { audioA: await probe(), audioB: { base64: base64(clip("4")) } });
  expect(compared.body.decision).toBe("accept");
  const clips = await Promise.all(
    Array.from({ length: 22 }, async (_, i) => ({
      audio: { upload: await uploaded(c, `voice=voice-${i} take=1`) },
    })),
  );
  expect(await cohortBuilt(c, { clips })).toMatchObject({ created: true });
  const used = await Promise.all(clips.map(({ audio }) => read(c, audio.upload)));
  expect(new Set(used.map(({ body }) => body.state))).toEqual(new Set(["consumed"]));
});

test("a failed request releases its upload, and a successful one consumes it", async () => {
  const c = await client();
  const audio = { upload: await uploaded(c, clip("1")) };
  expect((await use(c, "/verify", { speaker: "nobody", audio })).status).toBe(404);
  expect((await use(c, "/speakers/alice/enroll", { audio })).status).toBe(201);
  const again = await use(c, "/verify", { speaker: "alice", audio });
  expect([again.status, again.body.type]).toEqual([409, "urn:voiceroll:problem:upload-consumed"]);
});

test("only one of several concurrent requests gets an upload", async () => {
  const c = await client();
  const audio = { upload: await uploaded(c, clip("1")) };
  const replies = await Promise.all(
    Array.from({ length: 8 }, (_, i) => use(c, `/speakers/s${i}/enroll`, { audio })),
  );
  expect(replies.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(409)]);
});

test("rejects the same upload twice in one request, and the upload stays usable", async () => {
  const c = await client();
  const audio = { upload: await uploaded(c, clip("1")) };
  expect((await use(c, "/compare", { audioA: audio, audioB: audio })).status).toBe(409);
  expect((await use(c, "/speakers/alice/enroll", { audio })).status).toBe(201);
});

test("the hold of a request that died expires", async () => {
  const c = await client();
  const { services } = c;
  const uploadId = (await uploaded(c, clip("1"))) as `upl_${string}`;
  const ticket = await services.uploads.get(services.registryId, uploadId);
  if (!ticket) throw new RangeError("no ticket");
  const heldUntil = new Date(services.clock.now().getTime() + 120_000).toISOString();
  await services.uploads.put({ ...ticket, state: "held", heldUntil, version: 2 });
  const audio = { upload: uploadId };
  expect((await use(c, "/speakers/alice/enroll", { audio })).status).toBe(409);
  services.clock.advance(120);
  expect((await use(c, "/speakers/alice/enroll", { audio })).status).toBe(201);
});

test("with enroll, an arrived clip is enrolled once, however often its arrival is reported", async () => {
  const c = await client();
  const { services } = c;
  const id = await uploaded(c, clip("1"), { enroll: { speaker: "alice" } });
  expect((await read(c, id)).body).toMatchObject({ state: "arrived", enroll: { speaker: "alice" } });
  const input = { registryId: services.registryId, uploadId: id as `upl_${string}` };
  const told = await Promise.allSettled(Array.from({ length: 6 }, () => enrollUpload(services, input)));
  expect(told.some((one) => one.status === "fulfilled" && one.value === "enrolled")).toBe(true);
  expect(await enrollUpload(services, input)).toBe("nothing");
  const speaker = await services.speakers.get(services.registryId, idOf("alice"));
  expect((await read(c, id)).body).toMatchObject({
    state: "enrolled",
    clips: speaker?.clips.map(({ clipId }) => clipId),
  });
  expect(speaker?.clips).toHaveLength(1);
});

test("finishes an enrollment that died after its commit instead of rejecting it as a duplicate", async () => {
  const c = await client();
  const { services } = c;
  const uploadId = (await uploaded(c, clip("1"), { enroll: { speaker: "alice" } })) as `upl_${string}`;
  const dying = {
    ...services,
    uploads: {
      ...services.uploads,
      put: async (upload: Parameters<typeof services.uploads.put>[0]) => {
        if (upload.state === "enrolled") throw new Error("killed");
        await services.uploads.put(upload);
      },
    },
  };
  const input = { registryId: services.registryId, uploadId };
  await expect(enrollUpload(dying, input)).rejects.toThrow("killed");
  expect(await enrollUpload(services, input)).toBe("enrolled");
  expect((await read(c, uploadId)).body.clips).toHaveLength(1);
  expect((await services.speakers.get(services.registryId, idOf("alice")))?.version).toBe(1);
});

test("the sweep deletes expired uploads and enrolls arrived ones whose event was lost", async () => {
  const c = await client();
  const { services } = c;
  const { registryId } = services;
  await uploaded(c, clip("1"));
  await runBackgroundTask(services, { kind: "sweep", registryId });
  expect(await services.uploadFiles.list(registryId)).toHaveLength(1);
  services.clock.advance(86_400);
  const waiting = await uploaded(c, clip("2"), { enroll: { speaker: "alice" } });
  const { backgroundTasks } = services;
  const added: BackgroundTask[] = [];
  await runBackgroundTask(
    { ...services, backgroundTasks: { ...backgroundTasks, add: async (one) => void added.push(one) } },
    { kind: "sweep", registryId },
  );
  expect(added).toEqual([{ kind: "enroll-upload", registryId, uploadId: waiting }]);
  expect(await services.uploadFiles.list(registryId)).toEqual([waiting]);
});

test("the sweep deletes the audio of an interrupted enrollment, and no listed audio", async () => {
  const c = await client();
  const { services } = c;
  const { registryId } = services;
  await c.enroll("alice", "1");
  const speaker = await services.speakers.get(registryId, idOf("alice"));
  if (!speaker) throw new RangeError("no speaker");
  await services.clips.put(registryId, speaker.uid, "clp_left", bytesOf("voice=left"));
  await runBackgroundTask(services, { kind: "sweep", registryId });
  expect(await services.clips.list(registryId)).toEqual([
    { uid: speaker.uid, clipId: speaker.clips[0].clipId },
  ]);
});

test("a key with only the scope verify can upload a probe, but can't have it enrolled", async () => {
  const c = await client();
  const key = await c.keyWith(["verify"]);
  const call = (more: object) =>
    c.call("POST", "/uploads", {
      key,
      headers: json,
      body: JSON.stringify({ mediaType: "audio/wav", bytes: 1, sha256: "0".repeat(64), ...more }),
    });
  expect((await call({})).status).toBe(201);
  expect((await call({ enroll: { speaker: "alice" } })).status).toBe(403);
  const reader = await c.keyWith(["speakers:read"]);
  expect((await c.call("GET", "/uploads/upl_1", { key: reader })).status).toBe(403);
});

const base64 = (text: string) => Buffer.from(bytesOf(text)).toString("base64");
