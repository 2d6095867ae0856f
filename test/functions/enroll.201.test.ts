import { expect, test } from "vitest";
import { base64Of, bytesOf, client, json, wav } from "./client.ts";

test("a raw clip creates the speaker with the fields of the query", async () => {
  const { call } = await client();
  const query = `name=Alice&consent=form-7&metadata=${encodeURIComponent('{"team":"a"}')}`;
  const reply = await call("POST", `/speakers/alice/enroll?${query}`, {
    headers: wav,
    body: bytesOf("voice=alice take=1"),
  });
  expect(reply.status).toBe(201);
  expect(reply.body).toMatchObject({
    created: true,
    speaker: {
      id: "alice",
      name: "Alice",
      metadata: { team: "a" },
      status: "enrolling",
      clips: 1,
      version: 1,
    },
    clips: [{ warnings: [], similarSpeakers: [] }],
  });
  expect(reply.headers.get("ETag")).toBe('"1"');
  expect(reply.headers.get("Cache-Control")).toBe("no-store");
});

test("reads clips and fields from the parts of a multipart body", async () => {
  const { call } = await client();
  const body = new FormData();
  for (const take of [1, 2, 3])
    body.append("audio", new Blob([bytesOf(`voice=alice take=${take}`)]), "a.wav");
  body.append("name", "Alice");
  body.append("force", "true");
  const reply = await call("POST", "/speakers/alice/enroll", { body });
  expect(reply.status).toBe(201);
  expect(reply.body.speaker).toMatchObject({ name: "Alice", clips: 3, speechSeconds: 18, version: 1 });
  expect(reply.body.clips).toHaveLength(3);
});

test("accepts one clip or a list of clips in JSON", async () => {
  const { call, enroll } = await client();
  const audio = { base64: base64Of("voice=alice take=1"), mediaType: "audio/wav" };
  const one = await call("POST", "/speakers/alice/enroll", {
    headers: json,
    body: JSON.stringify({ audio }),
  });
  expect([one.status, one.body.speaker.clips]).toEqual([201, 1]);
  const list = await enroll("alice", "2", "3", "4");
  expect(list.body).toMatchObject({ created: false, speaker: { clips: 4, status: "enrolled", version: 2 } });
});

test("the reply contains no embedding and no field that its schema doesn't name", async () => {
  const { enroll } = await client();
  const { body } = await enroll("alice", "1", "2");
  expect(Object.keys(body).toSorted()).toEqual(["clips", "created", "speaker"]);
  expect(Object.keys(body.clips[0]).toSorted()).toEqual([
    "createdAt",
    "id",
    "quality",
    "recording",
    "similarSpeakers",
    "warnings",
  ]);
  expect(JSON.stringify(body)).not.toMatch(/sum|embedding|sha256/);
});

test("names similar speakers only with scores:read", async () => {
  const { call, enroll, keyWith } = await client();
  await enroll("bob", "1");
  const body = bytesOf("voice=similar take=1 like=bob mix=0.98");
  const reply = await call("POST", "/speakers/similar/enroll", {
    headers: wav,
    body,
    key: await keyWith(["speakers:write"]),
  });
  expect(reply.body.clips[0].similarSpeakers).toEqual([]);
  const open = await call("POST", "/speakers/similar-2/enroll", { headers: wav, body });
  expect(open.body.clips[0].similarSpeakers[0].cosine).toBeGreaterThan(0.5);
});

test("the log line has the uid and the route's pattern, and no data of the caller", async () => {
  const { call, logs, key } = await client();
  const path = "/speakers/secret-name/enroll?name=Secret+Person";
  const reply = await call("POST", path, { headers: wav, body: bytesOf("voice=alice take=1") });
  expect(logs).toMatchObject([
    { method: "POST", route: "/speakers/{id}/enroll", status: 201, speaker: reply.body.speaker.uid },
  ]);
  const line = JSON.stringify(logs);
  for (const secret of ["secret-name", "Secret", key, "voice="]) expect(line).not.toContain(secret);
  expect(reply.headers.get("X-Request-Id")).toBe(logs[0].requestId);
});
