import { expect, test } from "vitest";
import { type Client, client, json } from "./client.ts";

const make = (c: Client, fields: object, key = c.key, headers = {}) =>
  c.call("POST", "/keys", { key, headers: { ...json, ...headers }, body: JSON.stringify(fields) });
const patch = (c: Client, id: string, fields: object) =>
  c.call("PATCH", `/keys/${id}`, { headers: json, body: JSON.stringify(fields) });

test("makes a key that works at once, lists it without its token, and revokes it", async () => {
  const c = await client();
  const made = await make(c, { name: "kiosk", scopes: ["speakers:read", "speakers:read"] });
  const { key, token } = made.body;
  expect([made.status, key]).toMatchObject([
    201,
    { name: "kiosk", scopes: ["speakers:read"], revokedAt: null },
  ]);
  expect((await c.call("GET", "/speakers", { key: token })).status).toBe(200);
  expect((await c.call("GET", "/keys", { key: token })).status).toBe(403);
  const listed = await c.call("GET", "/keys");
  expect(listed.body.keys.map(({ id }: { id: string }) => id)).toContain(key.id);
  expect(listed.text).not.toContain(token);
  expect(listed.text).not.toMatch(/hash/);

  const revoked = await c.call("DELETE", `/keys/${key.id}`);
  expect([revoked.status, revoked.body.revokedAt]).toEqual([200, c.services.clock.now().toISOString()]);
  expect((await c.call("GET", "/speakers", { key: token })).status).toBe(401);
  c.services.clock.advance(5);
  expect((await c.call("DELETE", `/keys/${key.id}`)).body).toEqual(revoked.body);
});

test("a key gives only scopes that it has, and never to another registry", async () => {
  const c = await client();
  const own = await c.keyWith(["keys:write", "verify"]);
  const refused = await make(c, { name: "more", scopes: ["verify", "speakers:write"] }, own);
  expect([refused.status, refused.body.detail]).toEqual([403, "This key needs the scope speakers:write."]);
  const { key, token } = (await make(c, { name: "same", scopes: ["verify"] }, own)).body;
  expect(key.scopes).toEqual(["verify"]);
  expect((await make(c, { name: "x", scopes: ["verify"] }, token)).status).toBe(403);
  expect((await make(c, { name: "x", scopes: [] })).body.errors).toMatchObject([{ pointer: "/scopes" }]);
});

test("a key ends at its expiry; a time that has passed is rejected", async () => {
  const c = await client();
  const expiresAt = new Date(c.services.clock.now().getTime() + 60_000).toISOString();
  const { body } = await make(c, { name: "short", scopes: ["speakers:read"], expiresAt });
  expect(body.key.expiresAt).toBe(expiresAt);
  expect((await c.call("GET", "/speakers", { key: body.token })).status).toBe(200);
  c.services.clock.advance(60);
  expect((await c.call("GET", "/speakers", { key: body.token })).status).toBe(401);
  expect((await make(c, { name: "late", scopes: ["verify"], expiresAt })).status).toBe(422);
});

test("stores no token for a retry: each request makes a key of its own", async () => {
  const c = await client();
  const retry = { "Idempotency-Key": "one" };
  const [first, second] = [
    await make(c, { name: "a", scopes: ["verify"] }, c.key, retry),
    await make(c, { name: "a", scopes: ["verify"] }, c.key, retry),
  ];
  expect(second.headers.get("Idempotent-Replayed")).toBeNull();
  expect(first.body.token).not.toBe(second.body.token);
});

test("changes the name and the quota of a key, and each alone", async () => {
  const c = await client();
  const { id } = (await make(c, { name: "old", scopes: ["verify"], audioSecondsPerDay: 60 })).body.key;
  expect((await patch(c, id, { name: "new" })).body).toMatchObject({ name: "new", audioSecondsPerDay: 60 });
  const unlimited = { name: "new", audioSecondsPerDay: null, audioSecondsToday: null };
  expect((await patch(c, id, { audioSecondsPerDay: null })).body).toMatchObject(unlimited);
  expect((await patch(c, id, {})).status).toBe(422);
  expect((await patch(c, "key_none", { name: "x" })).body.type).toMatch(/key-not-found$/);
});

test("any key reads itself, with the name of its registry", async () => {
  const c = await client();
  const key = await c.keyWith(["compare"]);
  const { body } = await c.call("GET", "/keys/self", { key });
  expect(body).toMatchObject({ key: { scopes: ["compare"] }, registry: { name: "test" } });
});

test("the audit log has the scopes of a new key, and who made and revoked it", async () => {
  const c = await client();
  const { key } = (await make(c, { name: "kiosk", scopes: ["verify"] })).body;
  await c.call("DELETE", `/keys/${key.id}`);
  const own = (await c.call("GET", "/keys/self")).body.key.id;
  const { entries } = (await c.call("GET", "/audit")).body;
  expect(entries.slice(-2)).toMatchObject([
    { operation: "createKey", key: own, details: { key: key.id } },
    { operation: "revokeKey", key: own, details: { keyId: key.id } },
  ]);
});
