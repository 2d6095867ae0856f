import { expect, test } from "vitest";
import { createApp } from "../../functions/app.ts";
import { base64Of, bytesOf, type Client, client, json, wav } from "./client.ts";

const make = (c: Client, fields: object, key = c.key) =>
  c.call("POST", "/tokens", {
    key,
    headers: json,
    body: JSON.stringify({ lifetimeSeconds: 900, ...fields }),
  });
const tokenOf = async (c: Client, fields: object): Promise<string> => (await make(c, fields)).body.token;
const verify = (c: Client, speaker: string, key: string) =>
  c.call("POST", `/verify?speaker=${speaker}`, { key, headers: wav, body: bytesOf("voice=ann take=9") });

test("a token does what its scopes say until it expires, shows no scores, and makes no other token", async () => {
  const c = await client();
  await c.enroll("ann", "1", "2");
  const made = await make(c, { scopes: ["verify"], lifetimeSeconds: 60 });
  const expiresAt = new Date(c.services.clock.now().getTime() + 60_000).toISOString();
  expect([made.status, made.body.expiresAt]).toEqual([201, expiresAt]);
  const { token } = made.body;
  const verified = await verify(c, "ann", token);
  expect([verified.status, verified.body]).toMatchObject([200, { decision: "accept", score: null }]);
  expect((await c.call("GET", "/speakers", { key: token })).status).toBe(403);
  expect((await make(c, { scopes: ["verify"] }, token)).body.detail).toMatch(/can't make tokens/);
  const self = (await c.call("GET", "/keys/self", { key: token })).body.key;
  expect(self.scopes).toEqual(["verify"]);
  c.services.clock.advance(60);
  expect((await verify(c, "ann", token)).status).toBe(401);
});

test("a token gives only scopes that the key has and that belong into a page, for 15 minutes at most", async () => {
  const c = await client();
  const verifier = await c.keyWith(["verify"]);
  expect((await make(c, { scopes: ["identify"] }, verifier)).status).toBe(403);
  for (const scope of ["scores:read", "clips:read", "keys:write", "calibrations"])
    expect((await make(c, { scopes: [scope] })).body.errors).toMatchObject([{ pointer: "/scopes/0" }]);
  expect((await make(c, { scopes: ["verify"], lifetimeSeconds: 901 })).status).toBe(422);
});

test("a changed token, another deployment's and a token in the URL are refused", async () => {
  const c = await client();
  const token = await tokenOf(c, { scopes: ["speakers:read"] });
  const list = (key: string, query = "") => c.call("GET", `/speakers${query}`, { key });
  expect((await list(token)).status).toBe(200);
  const [head = "", seal = ""] = token.slice("vt_".length).split(".");
  const grant = JSON.parse(Buffer.from(head, "base64url").toString());
  const wider = Buffer.from(JSON.stringify([grant[0], ["identify"], null, grant[3]])).toString("base64url");
  for (const changed of [`vt_${wider}.${seal}`, `vt_${head}.${seal.slice(1)}A`, `vt_${head}`, "vt_."])
    expect([changed, (await list(changed)).status]).toEqual([changed, 401]);
  expect((await list(c.key, `?cursor=${token}`)).status).toBe(401);
  const elsewhere = createApp({ ...c.services, secret: new Uint8Array(32) }, { log: () => undefined });
  const foreign = await elsewhere.request("/speakers", { headers: { Authorization: `Bearer ${token}` } });
  expect(foreign.status).toBe(401);
});

test("revoking the key ends its tokens, and a token ends with its key", async () => {
  const c = await client();
  const expiresAt = new Date(c.services.clock.now().getTime() + 30_000).toISOString();
  const fields = { name: "page", scopes: ["speakers:read"], expiresAt };
  const { body } = await c.call("POST", "/keys", { headers: json, body: JSON.stringify(fields) });
  const made = await make(c, { scopes: ["speakers:read"] }, body.token);
  expect(made.body.expiresAt).toBe(expiresAt);
  expect((await c.call("GET", "/speakers", { key: made.body.token })).status).toBe(200);
  await c.call("DELETE", `/keys/${body.key.id}`);
  expect((await c.call("GET", "/speakers", { key: made.body.token })).status).toBe(401);
});

test("a token for one speaker is good for that speaker only, wherever a request names one", async () => {
  const c = await client();
  for (const name of ["ann", "bob"]) await c.enroll(name, "1", "2");
  const scopes = ["verify", "identify", "compare", "speakers:read", "speakers:write"];
  const token = await tokenOf(c, { scopes, speaker: "ann" });
  const ask = async (method: string, path: string, fields?: object) => {
    const sent = fields === undefined ? {} : { headers: json, body: JSON.stringify(fields) };
    return (await c.call(method, path, { key: token, ...sent })).status;
  };
  const audio = { base64: base64Of("voice=ann take=9") };
  const upload = { mediaType: "audio/wav", bytes: 10, sha256: "0".repeat(64) };
  expect(await ask("POST", "/verify", { speaker: "ann", audio })).toBe(200);
  expect(await ask("GET", "/speakers/ann")).toBe(200);
  expect(await ask("POST", "/speakers/ann/enroll", { audio: { base64: base64Of("voice=ann take=3") } })).toBe(
    201,
  );
  expect(await ask("POST", "/uploads", upload)).toBe(201);
  expect(await ask("POST", "/uploads", { ...upload, enroll: { speaker: "ann" } })).toBe(201);
  expect(await ask("GET", "/keys/self")).toBe(200);
  const refused: [string, string, object?][] = [
    ["POST", "/verify", { speaker: "bob", audio }],
    ["GET", "/speakers/bob"],
    ["DELETE", "/speakers/bob", {}],
    ["POST", "/speakers/bob/enroll", { audio }],
    ["POST", "/uploads", { ...upload, enroll: { speaker: "bob" } }],
    ["GET", "/speakers"],
    ["POST", "/speakers", { id: "eve" }],
    ["POST", "/identify", { audio }],
    ["POST", "/compare", { audioA: audio, audioB: audio }],
    ["GET", "/groups"],
    ["GET", "/jobs"],
    ["POST", "/jobs", { kind: "re-embed" }],
    ["PUT", "/groups/ann", {}],
  ];
  for (const [method, path, fields] of refused)
    expect([method, path, await ask(method, path, fields)]).toEqual([method, path, 403]);
});

test("routes of another service's clients accept an API key, but no token", async () => {
  const c = await client();
  const token = await tokenOf(c, { scopes: ["speakers:read", "verify"], speaker: "ann" });
  const path =
    "/compat/azure/speaker-recognition/verification/text-independent/profiles?api-version=2021-09-05";
  const ask = async (key: string) =>
    (await c.app.request(path, { headers: { "Ocp-Apim-Subscription-Key": key } })).status;
  expect([await ask(c.key), await ask(token)]).toEqual([200, 403]);
});

test("a token doesn't replay what its key got with the same Idempotency-Key", async () => {
  const c = await client();
  await c.enroll("ann", "1", "2");
  const token = await tokenOf(c, { scopes: ["verify"] });
  const ask = (key: string) =>
    c.call("POST", "/verify?speaker=ann", {
      key,
      headers: { ...wav, "Idempotency-Key": "one" },
      body: bytesOf("voice=ann take=9"),
    });
  expect((await ask(c.key)).body.score).not.toBeNull();
  const first = await ask(token);
  expect([first.body.score, first.headers.get("Idempotent-Replayed")]).toEqual([null, null]);
  expect((await ask(token)).headers.get("Idempotent-Replayed")).toBe("true");
});
