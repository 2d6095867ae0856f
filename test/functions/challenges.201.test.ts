import { expect, test } from "vitest";
import { updateRegistry } from "../../lib/domain/registry/registry.ts";
import { bytesOf, type Client, client, json, wav } from "./client.ts";

const TAKE = "voice=ann take=9";

async function challenges() {
  const c = await client();
  await c.enroll("ann", "1", "2", "3", "4");
  return {
    c,
    make: (fields: object = {}, key?: string) =>
      c.call("POST", "/challenges", {
        headers: json,
        body: JSON.stringify({ speaker: "ann", ...fields }),
        ...(key === undefined ? {} : { key }),
      }),
    verify: (query: Record<string, string>, take = TAKE, key?: string) =>
      verifyWith(c, { speaker: "ann", ...query }, take, key),
  };
}

const verifyWith = (c: Client, query: Record<string, string>, take: string, key?: string) =>
  c.call("POST", `/verify?${new URLSearchParams(query)}`, {
    headers: wav,
    body: bytesOf(take),
    ...(key === undefined ? {} : { key }),
  });

test("a challenge has random digits, in words of a language, for two minutes", async () => {
  const { c, make } = await challenges();
  const { status, body } = await make({ digits: 8, language: "zh" });
  expect(status).toBe(201);
  expect(body).toMatchObject({ speaker: "ann", digits: expect.stringMatching(/^\d{8}$/) });
  expect(body.text).toMatch(/^[零一二三四五六七八九]{8}$/);
  expect(Date.parse(body.expiresAt) - c.services.clock.now().getTime()).toBe(120_000);
  expect((await make()).body.text).toMatch(/^([a-z]+ ){5}[a-z]+$/);
});

test("digits are drawn evenly, and never the same twice in a row", async () => {
  const { make } = await challenges();
  const counts = new Map<string, number>();
  for (let i = 0; i < 100; i++) {
    const { digits } = (await make({ digits: 12 })).body;
    expect(digits).not.toMatch(/(\d)\1/);
    for (const digit of digits) counts.set(digit, (counts.get(digit) ?? 0) + 1);
  }
  for (const digit of "0123456789") expect(counts.get(digit) ?? 0).toBeGreaterThan(60);
});

test("a recording that answers a challenge is accepted once", async () => {
  const { make, verify } = await challenges();
  const { challenge, digits, text } = (await make()).body;
  const reply = await verify({ challenge, transcript: `my digits are ${text}` });
  expect(reply.body).toMatchObject({ decision: "accept", challenge: { digits, transcript: "matched" } });
  const again = await verify({ challenge }, "voice=ann take=8");
  expect(again).toMatchObject({ status: 409, body: { type: "urn:voiceroll:problem:challenge-invalid" } });
  expect(again.body.detail).toContain("used before");
});

test("of parallel requests with one challenge, one is scored", async () => {
  const { make, verify } = await challenges();
  const { challenge } = (await make()).body;
  const replies = await Promise.all(
    [5, 6, 7, 8].map((take) => verify({ challenge }, `voice=ann take=${take}`)),
  );
  expect(replies.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
});

test("other digits are never accepted, and count as a reject", async () => {
  const { c, make, verify } = await challenges();
  const { challenge, digits } = (await make()).body;
  const other = digits.replace(/^./, (first: string) => String((Number(first) + 1) % 10));
  const { body } = await verify({ challenge, transcript: other });
  expect(body).toMatchObject({
    decision: "reject",
    reasons: ["challenge_failed"],
    challenge: { digits, transcript: "mismatched" },
  });
  expect(body.score.value).toBeGreaterThan(body.threshold.value);
  expect((await c.call("GET", "/speakers/ann")).body.attempts.rejects).toBe(1);
});

test("without a transcript only the voice is checked, and the reply says so", async () => {
  const { make, verify } = await challenges();
  const { challenge } = (await make()).body;
  expect((await verify({ challenge })).body).toMatchObject({
    decision: "accept",
    challenge: { transcript: "not-sent" },
  });
  expect((await verify({}, "voice=ann take=8")).body.challenge).toBeNull();
  expect(await verify({ transcript: "1234" })).toMatchObject({ status: 422 });
});

test("a recording that can't be embedded leaves the challenge unused", async () => {
  const { c, make, verify } = await challenges();
  const { challenge } = (await make()).body;
  const broken = await c.call("POST", `/verify?speaker=ann&challenge=${challenge}`, {
    headers: wav,
    body: new Uint8Array([1, 2, 3]),
  });
  expect(broken.status).toBeGreaterThanOrEqual(400);
  expect((await verify({ challenge })).status).toBe(200);
});

test("a challenge is valid for two minutes, for its speaker, key and registry only", async () => {
  const { c, make, verify } = await challenges();
  await c.enroll("bob", "1", "2");
  const { challenge } = (await make()).body;
  const bob = await verifyWith(c, { speaker: "bob", challenge }, "voice=bob take=9");
  expect(bob.body.detail).toContain("another speaker");
  const key = await c.keyWith(["verify"]);
  expect((await verify({ challenge }, TAKE, key)).body.detail).toContain("another API key");
  const [payload = "", seal = ""] = challenge.slice(3).split(".");
  const changed = Buffer.from(payload, "base64url")
    .toString()
    .replace(/"\d{6}"/, '"111111"');
  const forged = `vc_${Buffer.from(changed).toString("base64url")}.${seal}`;
  expect((await verify({ challenge: forged })).body.detail).toContain("no challenge of this registry");
  expect((await verify({ challenge: "vc_x" })).body.type).toContain("challenge-invalid");
  c.services.clock.advance(119);
  expect((await verify({ challenge })).status).toBe(200);
  const late = (await make()).body.challenge;
  c.services.clock.advance(120);
  expect((await verify({ challenge: late }, "voice=ann take=8")).body.detail).toContain("expired");
});

test("a token of the key answers its challenge", async () => {
  const { c, make, verify } = await challenges();
  const { challenge } = (await make()).body;
  const made = await c.call("POST", "/tokens", {
    headers: json,
    body: JSON.stringify({ scopes: ["verify"], speaker: "ann", lifetimeSeconds: 60 }),
  });
  expect((await verify({ challenge }, TAKE, made.body.token)).status).toBe(200);
  const bobs = { speaker: "bob" };
  await c.enroll("bob", "1");
  expect((await make(bobs, made.body.token)).status).toBe(403);
});

test("a registry may demand challenges", async () => {
  const { c, make, verify } = await challenges();
  const { registryId } = c.services;
  await updateRegistry(c.services, { registryId, settings: { challengeRequired: true } });
  expect(await verify({})).toMatchObject({
    status: 422,
    body: { type: "urn:voiceroll:problem:challenge-required" },
  });
  const { challenge } = (await make()).body;
  expect((await verify({ challenge })).body.decision).toBe("accept");
});
