import { expect, test } from "vitest";
import { client, json } from "./client.ts";

test("the pages together list each speaker once, in order of creation", async () => {
  const { call, enroll } = await client();
  const names = ["a", "b", "c", "d", "e"];
  for (const name of names) await enroll(name, "1");
  const seen: string[] = [];
  let cursor = "";
  do {
    const { status, body } = await call("GET", `/speakers?limit=2${cursor}`);
    expect(status).toBe(200);
    seen.push(...body.speakers.map((one: { id: string }) => one.id));
    cursor = body.next === null ? "" : `&cursor=${body.next}`;
  } while (cursor !== "");
  expect(seen).toEqual(names);
});

test("a search finds speakers by the start of their ID, name or a word of the name, page by page", async () => {
  const { call } = await client();
  const create = (id: string, name?: string) =>
    call("POST", "/speakers", { headers: json, body: JSON.stringify({ id, ...(name && { name }) }) });
  for (let n = 0; n < 5; n++) await create(`agent-${n}`, `Number ${n}`);
  await create("x1", "Zoe Agent");
  await create("x2", "王小明");
  const found = async (query: string): Promise<string[]> => {
    const { status, body } = await call("GET", `/speakers?q=${encodeURIComponent(query)}`);
    expect([status, body.next]).toEqual([200, null]);
    return body.speakers.map((one: { id: string }) => one.id);
  };
  expect(await found("AGENT")).toEqual(["agent-0", "agent-1", "agent-2", "agent-3", "agent-4", "x1"]);
  expect(await found("zoe a")).toEqual(["x1"]);
  expect(await found("王小")).toEqual(["x2"]);
  expect(await found("gent")).toEqual([]);
  const paged: string[] = [];
  let cursor = "";
  do {
    const { body } = await call("GET", `/speakers?q=x&limit=2${cursor}`);
    expect(body.speakers.length).toBeLessThanOrEqual(2);
    paged.push(...body.speakers.map((one: { id: string }) => one.id));
    cursor = body.next === null ? "" : `&cursor=${body.next}`;
  } while (cursor !== "");
  expect(paged).toEqual(["x1", "x2"]);
  expect((await call("GET", "/speakers?q=%20")).body.errors).toEqual([
    { pointer: "/q", detail: "Send at least one letter or digit." },
  ]);
});

test("the ETag is the version, and a change increases it", async () => {
  const { call, enroll } = await client();
  await enroll("alice", "1");
  const read = await call("GET", "/speakers/alice");
  expect([read.status, read.headers.get("ETag"), read.body.version]).toEqual([200, '"1"', 1]);
  const patched = await call("PATCH", "/speakers/alice", {
    headers: { ...json, "If-Match": '"1"' },
    body: '{"name": "Alice", "metadata": {"a": "b"}}',
  });
  expect(patched.body).toMatchObject({ name: "Alice", metadata: { a: "b" }, version: 2 });
  expect(patched.headers.get("ETag")).toBe('"2"');
});

test("deleting a clip keeps the other clips", async () => {
  const { call, enroll } = await client();
  const enrolled = await enroll("alice", "1", "2");
  const clips = (await call("GET", "/speakers/alice/clips")).body.clips;
  expect(clips.map((one: { id: string }) => one.id)).toEqual(
    enrolled.body.clips.map((one: { id: string }) => one.id),
  );
  const gone = await call("DELETE", `/speakers/alice/clips/${clips[0].id}`);
  expect([gone.status, gone.body.clips]).toEqual([200, 1]);
  expect((await call("GET", "/speakers/alice/clips")).body.clips).toEqual([clips[1]]);
});

test("a reset keeps the uid and deletes the voice; an opt-out also works for an unknown speaker", async () => {
  const { call, enroll } = await client();
  const { uid } = (await enroll("alice", "1")).body.speaker;
  const reset = await call("POST", "/speakers/alice/reset");
  expect([reset.status, reset.body.uid, reset.body.clips]).toEqual([200, uid, 0]);
  const out = await call("POST", "/speakers/stranger/opt-out", { headers: json, body: "{}" });
  expect([out.status, out.body.status]).toEqual([200, "opted-out"]);
  expect((await enroll("stranger", "1")).body.type).toBe("urn:voiceroll:problem:speaker-opted-out");
});

test("the receipt of an erasure lists what was erased, and nothing remains", async () => {
  const { call, enroll, services } = await client();
  const { uid } = (await enroll("alice", "1", "2")).body.speaker;
  const erased = await call("DELETE", "/speakers/alice");
  expect([erased.status, erased.text]).toEqual([204, ""]);
  expect(JSON.parse(erased.headers.get("Erasure-Receipt") ?? "")).toMatchObject({ uid, clips: 2 });
  expect(await services.clips.list(services.registryId)).toEqual([]);
});
