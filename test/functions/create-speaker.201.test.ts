import { expect, test } from "vitest";
import { type Client, client, json } from "./client.ts";

const create = (c: Client, fields: object, headers = {}) =>
  c.call("POST", "/speakers", { headers: { ...json, ...headers }, body: JSON.stringify(fields) });

test("a speaker without a voice can be read, changed, enrolled later, and erased", async () => {
  const c = await client();
  const made = await create(c, { id: "ann", name: "Ann", metadata: { team: "night" }, consent: "c-1" });
  expect([made.status, made.headers.get("Location")]).toEqual([201, "/speakers/ann"]);
  expect(made.body).toMatchObject({ id: "ann", status: "enrolling", clips: 0, version: 1, cohesion: null });
  expect((await c.call("GET", "/speakers/ann")).body).toMatchObject({ name: "Ann" });
  expect((await c.call("GET", "/speakers")).body.speakers).toHaveLength(1);
  expect((await c.call("GET", "/speakers/ann/clips")).body.clips).toEqual([]);
  const enrolled = await c.enroll("ann", "1");
  expect(enrolled.body).toMatchObject({ created: false, speaker: { clips: 1, name: "Ann" } });
  expect((await c.call("DELETE", "/speakers/ann")).status).toBe(204);
  expect((await create(c, { id: "ann" })).status).toBe(201);
});

test("a speaker without an ID gets one; a retry gets the same", async () => {
  const c = await client();
  const [one, other] = [await create(c, {}), await create(c, {})];
  expect(one.body.id).toMatch(/^speaker_[0-9a-z]{26}$/);
  expect(other.body.id).not.toBe(one.body.id);
  const retry = { "Idempotency-Key": "one" };
  const first = await create(c, { name: "Bob" }, retry);
  expect((await create(c, { name: "Bob" }, retry)).body).toEqual(first.body);
  expect((await c.call("GET", "/speakers")).body.speakers).toHaveLength(3);
});

test("refuses a speaker that exists, that has opted out, and an invalid ID, and changes nothing", async () => {
  const c = await client();
  await c.enroll("ann", "1");
  const taken = await create(c, { id: "ann", name: "Other" });
  expect([taken.status, taken.body.type]).toEqual([409, "urn:voiceroll:problem:speaker-exists"]);
  expect((await c.call("GET", "/speakers/ann")).body).toMatchObject({ name: null, clips: 1 });
  await c.call("POST", "/speakers/bob/opt-out");
  expect((await create(c, { id: "bob" })).body.type).toMatch(/speaker-opted-out$/);
  await c.call("DELETE", "/speakers/bob");
  expect((await create(c, { id: "bob" })).body.type).toMatch(/speaker-opted-out$/);
  expect((await create(c, { id: "../x" })).status).toBe(404);
  expect((await create(c, { id: "eve", expiresAt: "2001-01-01" })).status).toBe(422);
  expect((await c.call("GET", "/speakers")).body.speakers).toHaveLength(1);
});

test("of parallel requests with one ID, one creates the speaker", async () => {
  const c = await client();
  const made = await Promise.all(
    Array.from({ length: 6 }, (_, i) => create(c, { id: "ann", name: `Ann ${i}` })),
  );
  expect(made.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
});
