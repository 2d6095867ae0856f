import { expect, test } from "vitest";
import { base64Of, bytesOf, type Client, client, json, wav } from "./client.ts";

const settings = (c: Client, changed: object) =>
  c.call("PATCH", "/registry", { headers: json, body: JSON.stringify(changed) });
const verify = (c: Client, take: string, key?: string) =>
  c.call("POST", "/verify?speaker=ann", {
    headers: wav,
    body: bytesOf(`voice=ann take=${take}`),
    ...(key === undefined ? {} : { key }),
  });

async function withAnn() {
  const c = await client();
  await c.enroll("ann", "1", "2", "3", "4");
  return c;
}

test("a detector's score is in the reply of every decision, and changes none", async () => {
  const c = await withAnn();
  const plain = await verify(c, "9");
  expect(plain.body).toMatchObject({ decision: "accept", spoofCheck: "none", spoof: null });
  const scored = await verify(c, "8 spoof=-7.5");
  const spoof = { score: -7.5, model: "fake-detector" };
  expect(scored.body).toMatchObject({ decision: "accept", spoofCheck: "score", spoof });
  expect(scored.body.warnings).not.toContain("spoof-suspected");
  const found = await c.call("POST", "/identify", {
    headers: wav,
    body: bytesOf("voice=ann take=7 spoof=-7.5"),
  });
  expect(found.body).toMatchObject({ decision: "match", spoofCheck: "score", spoof });
  const sides = { audioA: { base64: base64Of("voice=ann take=5 spoof=3") } };
  const body = JSON.stringify({ ...sides, audioB: { base64: base64Of("voice=ann take=6 spoof=-2") } });
  const compared = await c.call("POST", "/compare", { headers: json, body });
  expect(compared.body.spoof.score).toBe(-2);
  const again = await c.call("GET", `/decisions/${scored.body.decisionId}`);
  expect(again.body.reply.spoof).toEqual(spoof);
});

test("a registry may turn a low score into a warning, and then such an accept clears no rejects", async () => {
  const c = await withAnn();
  expect((await settings(c, { spoofWarning: -1 })).body.settings.spoofWarning).toBe(-1);
  const reject = () =>
    c.call("POST", "/verify?speaker=ann", { headers: wav, body: bytesOf("voice=bob take=1") });
  await reject();
  const low = await verify(c, "9 spoof=-1.01");
  expect(low.body).toMatchObject({
    decision: "accept",
    warnings: expect.arrayContaining(["spoof-suspected"]),
  });
  const rejects = async () => (await c.call("GET", "/speakers/ann")).body.attempts.rejects;
  expect(await rejects()).toBe(1);
  const high = await verify(c, "8 spoof=-1");
  expect(high.body.warnings).not.toContain("spoof-suspected");
  expect(await settings(c, { spoofWarning: null })).toMatchObject({ status: 200 });
  expect((await verify(c, "7 spoof=-50")).body.warnings).not.toContain("spoof-suspected");
});

test("a key without scores:read doesn't see the score, which would guide an attacker", async () => {
  const c = await withAnn();
  await settings(c, { spoofWarning: 0 });
  const reply = await verify(c, "9 spoof=-3", await c.keyWith(["verify"]));
  expect(reply.body).toMatchObject({ spoof: null, spoofCheck: "score" });
  expect(reply.body.warnings).toContain("spoof-suspected");
});
