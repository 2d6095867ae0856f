import { expect, test } from "vitest";
import { issueKey } from "../../lib/domain/registry/key.ts";
import type { Scope } from "../../lib/ports/registry.ts";
import { bytesOf, type Client, client, wav } from "./client.ts";

const clip = (text: string) => ({ headers: wav, body: bytesOf(text) });
const asking = (c: Client, authorization: string, path = "/speakers") =>
  c.call("GET", path, { headers: { Authorization: authorization } });

test("the header is `Bearer`, in any case, spaces and one key, and nothing else", async () => {
  const c = await client();
  for (const good of [`Bearer ${c.key}`, `bearer ${c.key}`, `BEARER   ${c.key}`])
    expect([good, (await asking(c, good)).status]).toEqual([good, 200]);
  const bad = [
    "",
    c.key,
    "Bearer",
    `Bearer${c.key}`,
    `Bearer ${c.key} x`,
    `x Bearer ${c.key}`,
    `Basic ${c.key}`,
  ];
  for (const one of bad) {
    const { status, body } = await asking(c, one);
    expect([one, status, body.type]).toEqual([one, 401, "urn:voiceroll:problem:unauthorized"]);
    expect(body.detail).toMatch(/Authorization: Bearer vr_/);
  }
});

test("a key in the URL is refused although the header is valid", async () => {
  const c = await client();
  const valid = `Bearer ${c.key}`;
  const named = ["access_token", "api_key", "apikey", "key", "token", "Token", "API_KEY"];
  for (const name of named)
    expect([name, (await asking(c, valid, `/speakers?${name}=x`)).status]).toEqual([name, 401]);
  for (const value of [c.key, `a&limit=${c.key}`])
    expect((await asking(c, valid, `/speakers?cursor=${value}`)).status).toBe(401);
  // These only resemble a key, so the parameter itself is what is wrong.
  for (const value of [`x${c.key}`, `${c.key}!`, "vr_a_b", c.key.toUpperCase(), c.key.slice(0, 40)])
    expect([value, (await asking(c, valid, `/speakers?cursor=${value}`)).status]).toEqual([value, 400]);
});

test("a scope that is missing is named, and `include=score` needs a scope of its own", async () => {
  const c = await client();
  await c.enroll("ann", "1");
  const verifier = await c.keyWith(["verify"]);
  const refused = await c.call("GET", "/speakers", { key: verifier });
  expect([refused.status, refused.body.type]).toEqual([403, "urn:voiceroll:problem:insufficient-scope"]);
  expect(refused.body.detail).toBe("This key needs the scope speakers:read.");
  const probe = clip("voice=ann take=9");
  const verify = (query: string) =>
    c.call("POST", `/verify?speaker=ann${query}`, { ...probe, key: verifier });
  expect((await verify("")).status).toBe(200);
  const score = await verify("&include=score");
  expect([score.status, score.body.detail]).toEqual([403, "This key needs the scope scores:read."]);
});

test("one of several scopes is enough", async () => {
  const c = await client();
  const scopes: Scope[] = ["speakers:write", "calibrations"];
  for (const scope of scopes) {
    const key = await c.keyWith([scope]);
    expect((await c.call("GET", "/jobs/job_none", { key })).status).toBe(404);
  }
  const { status, body } = await c.call("GET", "/jobs/job_none", { key: await c.keyWith(["verify"]) });
  expect([status, body.detail]).toEqual([403, expect.stringMatching(/^This key needs the scope \S+ or \S+/)]);
});

test("callers are told apart by a Caller-Id of 1 to 128 printable ASCII characters", async () => {
  const c = await client();
  await c.enroll("ann", "1");
  const verify = (callerId: string | undefined, take: string) => {
    const { headers, body } = clip(`voice=stranger take=${take}`);
    const caller = callerId === undefined ? {} : { "Caller-Id": callerId };
    return c.call("POST", "/verify?speaker=ann", { headers: { ...headers, ...caller }, body });
  };
  for (const bad of ["", "é", "x".repeat(129), "a\tb"]) {
    const { status, body } = await verify(bad, "1");
    expect([bad, status, body.detail]).toEqual([
      bad,
      422,
      expect.stringMatching(/^Send a Caller-Id of 1 to 128/),
    ]);
  }
  for (let i = 0; i < 5; i++) expect((await verify("x".repeat(128), String(i))).status).toBe(200);
  expect((await verify("x".repeat(128), "6")).status).toBe(429);
  expect((await verify("someone else", "7")).status).toBe(200);
});

test("a key of another registry reads none of this one, and is told nothing about it", async () => {
  const c = await client();
  await c.enroll("ann", "1");
  const other = { ...c.services.registry, registryId: "reg_other", name: "other" } as const;
  await c.services.registries.put(other);
  const { token } = await issueKey(c.services, {
    registryId: "reg_other",
    name: "k",
    scopes: ["speakers:read"],
  });
  expect((await c.call("GET", "/speakers", { key: token })).body.speakers).toEqual([]);
  expect((await c.call("GET", "/speakers/ann", { key: token })).status).toBe(404);
});
