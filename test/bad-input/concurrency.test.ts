import { afterEach, beforeEach, expect, test } from "vitest";
import { issueKey } from "../../lib/domain/registry/key.ts";
import type { Embedder } from "../../lib/ports/model.ts";
import { fakeClip, fakeEmbedder } from "../support/fake-embedder.ts";
import { enrollFake, idOf, openStage, type Reply, type Stage, send, stored } from "./stage.ts";

const wav = { "Content-Type": "audio/wav" };
const bytesOf = (text: string) => new Uint8Array(fakeClip(text).bytes);
const slugOf = (reply: Reply): string => JSON.parse(reply.text).type.split(":").at(-1);

let stage: Stage;
/** If set, the embedder waits for it. */
let gate: Promise<void> | undefined;
/** Resolves when a clip is being embedded, so its request is in progress. */
let inFlight: PromiseWithResolvers<void>;

beforeEach(() => openGated());
afterEach(() => stage.close());

async function openGated({ deadlineMs = 10_000 } = {}): Promise<void> {
  gate = undefined;
  inFlight = Promise.withResolvers();
  const fake = fakeEmbedder();
  const gated: Embedder = {
    ...fake,
    async embed(clip, options) {
      inFlight.resolve();
      await gate;
      return fake.embed(clip, options);
    },
  };
  stage = await openStage({ embedder: gated, deadlineMs });
}

const enroll = (take: string, idempotencyKey: string, key?: string) =>
  send(stage, {
    path: "/speakers/alice/enroll",
    headers: { ...wav, "Idempotency-Key": idempotencyKey },
    body: bytesOf(`voice=alice take=${take}`),
    ...(key === undefined ? {} : { key }),
  });

test("C1 the same key and body get the first reply again and enroll once", async () => {
  const first = await enroll("1", "k");
  const again = await enroll("1", "k");
  expect([first.status, again.status]).toEqual([201, 201]);
  expect(again.text).toBe(first.text);
  expect(again.headers.get("ETag")).toBe('"1"');
  expect(again.headers.get("Idempotent-Replayed")).toBe("true");
  expect(first.headers.get("Idempotent-Replayed")).toBe(null);
  expect(await stage.services.speakers.get(stage.services.registryId, idOf("alice"))).toMatchObject({
    version: 1,
  });
});

test("C2 rejects the same key with another body", async () => {
  await enroll("1", "k");
  const other = await enroll("2", "k");
  expect([other.status, slugOf(other)]).toEqual([422, "idempotency-key-reused"]);
});

test("C3 rejects the same key while the first request is in progress, and the first succeeds", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  gate = promise;
  const first = enroll("1", "k");
  await inFlight.promise;
  const second = await enroll("1", "k");
  expect([second.status, slugOf(second), second.headers.get("Retry-After")]).toEqual([
    409,
    "idempotency-in-progress",
    "1",
  ]);
  resolve();
  expect((await first).status).toBe(201);
});

test("C4 the same key executes again after 24 hours", async () => {
  await enroll("1", "k");
  stage.services.clock.advance(24 * 3600 + 1);
  const newRequest = await enroll("1", "k");
  expect([newRequest.status, slugOf(newRequest)]).toEqual([409, "duplicate-clip"]);
});

test("C5 the same key in another registry, or of another API key, executes independently", async () => {
  const first = await enroll("1", "k");
  const elsewhere = await enroll("1", "k", stage.otherKey);
  expect([first.status, elsewhere.status]).toEqual([201, 201]);
  expect(elsewhere.headers.get("Idempotent-Replayed")).toBe(null);
  const { registryId } = stage.services;
  const { token } = await issueKey(stage.services, { registryId, name: "b", scopes: ["speakers:write"] });
  expect(slugOf(await enroll("1", "k", token))).toBe("duplicate-clip");
});

test("a failed request releases its key", async () => {
  const failed = await send(stage, {
    path: "/speakers/alice/enroll",
    headers: { ...wav, "Idempotency-Key": "k" },
    body: "no clip",
  });
  expect(failed.status).toBe(422);
  expect((await enroll("1", "k")).status).toBe(201);
});

test("C6 rejects a stale If-Match without any change, and accepts a current one", async () => {
  await enrollFake(stage, "alice", "1");
  const patch = (ifMatch: string) =>
    send(stage, {
      method: "PATCH",
      path: "/speakers/alice",
      headers: { "Content-Type": "application/json", "If-Match": ifMatch },
      body: '{"name": "Alice"}',
    });
  const before = await stored(stage);
  for (const stale of ['"7"', "1", 'W/"1"', '"1", "2"', "x"]) {
    const refused = await patch(stale);
    expect([refused.status, slugOf(refused)]).toEqual([412, "version-mismatch"]);
  }
  expect(await stored(stage)).toBe(before);
  const taken = await patch('"1"');
  expect([taken.status, taken.headers.get("ETag")]).toEqual([200, '"2"']);
  expect((await patch("*")).status).toBe(200);
});

test("C9 a second DELETE returns 404; with the same key it gets the first reply", async () => {
  await enrollFake(stage, "alice", "1");
  const erase = (headers: Record<string, string> = {}) =>
    send(stage, { method: "DELETE", path: "/speakers/alice", headers });
  const first = await erase({ "Idempotency-Key": "e" });
  const replay = await erase({ "Idempotency-Key": "e" });
  const second = await erase();
  expect([first.status, replay.status, second.status]).toEqual([204, 204, 404]);
  expect(JSON.parse(first.headers.get("Erasure-Receipt") ?? "")).toMatchObject({ clips: 1 });
  expect(replay.headers.get("Erasure-Receipt")).toBe(first.headers.get("Erasure-Receipt"));
});

test("C10 a client that disconnects before the reply gets it when it repeats the request", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  gate = promise;
  const leaving = new AbortController();
  const lost = fetch(`${stage.url}/speakers/alice/enroll`, {
    method: "POST",
    headers: { ...wav, Authorization: `Bearer ${stage.key}`, "Idempotency-Key": "k" },
    body: bytesOf("voice=alice take=1"),
    signal: leaving.signal,
  });
  await inFlight.promise;
  leaving.abort();
  await expect(lost).rejects.toThrow();
  resolve();
  let replay = await enroll("1", "k");
  while (replay.status === 409) replay = await enroll("1", "k");
  expect([replay.status, replay.headers.get("Idempotent-Replayed")]).toEqual([201, "true"]);
});

test("C12 a request that hangs is answered by the deadline, and its key returns the result later", async () => {
  await stage.close();
  await openGated({ deadlineMs: 300 });
  const { promise, resolve } = Promise.withResolvers<void>();
  gate = promise;
  const late = await enroll("1", "k");
  expect([late.status, slugOf(late)]).toEqual([504, "deadline-exceeded"]);
  resolve();
  let replay = await enroll("1", "k");
  while (replay.status === 409) replay = await enroll("1", "k");
  expect([replay.status, replay.headers.get("Idempotent-Replayed")]).toEqual([201, "true"]);
});

test("64 concurrent enrollments with duplicates lose nothing and store nothing twice", async () => {
  await stage.close();
  await openGated({ deadlineMs: 150_000 });
  const takes = Array.from({ length: 64 }, (_, i) => `${i % 40}`);
  const replies = await Promise.all(
    takes.map((take) =>
      send(stage, {
        path: "/speakers/alice/enroll",
        headers: wav,
        body: bytesOf(`voice=alice take=${take}`),
      }),
    ),
  );
  const ids = replies
    .filter((one) => one.status === 201)
    .map((one): string => JSON.parse(one.text).clips[0].id);
  const refused = new Set(replies.filter((one) => one.status !== 201).map(slugOf));
  expect([...refused].filter((slug) => slug !== "duplicate-clip" && slug !== "write-contention")).toEqual([]);
  const clips = await send(stage, { method: "GET", path: "/speakers/alice/clips" });
  const listed: string[] = JSON.parse(clips.text).clips.map((one: { id: string }) => one.id);
  expect(listed.toSorted()).toEqual(ids.toSorted());
  expect(new Set(listed).size).toBe(listed.length);
  const { registryId } = stage.services;
  expect(await stage.services.clips.list(registryId)).toHaveLength(listed.length);
  expect(await stage.services.speakers.get(registryId, idOf("alice"))).toMatchObject({
    version: listed.length,
  });
}, 180_000);
