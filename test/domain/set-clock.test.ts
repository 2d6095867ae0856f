import { expect, test } from "vitest";
import { finishErasures } from "../../lib/domain/job/finish-erasures.ts";
import { sweep } from "../../lib/domain/maintenance/sweep.ts";
import { countReject, openVerification } from "../../lib/domain/registry/attempts.ts";
import { authenticate, issueKey } from "../../lib/domain/registry/key.ts";
import { holdUpload } from "../../lib/domain/upload/use.ts";
import { bytesOf, clientOf, json } from "../functions/client.ts";
import { uploaded } from "../functions/upload.ts";
import { type TestServices, testServices } from "../support/services.ts";

const HOUR = 3600;
const DAY = 24 * HOUR;

async function guessAt(services: TestServices) {
  const uid = "spk_ann";
  const rejects = await services.speakerRejects.get(services.registryId, uid);
  return openVerification(services, services.registry, { uid, rejects }, undefined);
}

test("a clock that is set doesn't end a pause, and the pause ends in time", async () => {
  const services = await testServices();
  const guess = () => guessAt(services);
  for (let i = 0; i < 5; i++) await countReject(services, await guess());
  const paused = { slug: "verify-attempts-exhausted" };
  for (const seconds of [DAY, -DAY - HOUR, 2 * HOUR]) {
    services.clock.jump(seconds);
    await expect(guess()).rejects.toMatchObject(paused);
  }
  services.clock.advance(29);
  await expect(guess()).rejects.toMatchObject(paused);
  services.clock.advance(1);
  expect((await guess())?.own).toMatchObject({ count: 5 });
});

test("a clock that is set back after a pause doesn't begin it again", async () => {
  const services = await testServices();
  const guess = () => guessAt(services);
  for (let i = 0; i < 5; i++) await countReject(services, await guess());
  services.clock.advance(30);
  services.clock.jump(-HOUR);
  expect((await guess())?.own).toMatchObject({ count: 5 });
});

test("a clock that is set forward deletes no stored reply and no upload", async () => {
  const services = await testServices();
  const c = await clientOf(services);
  const upload = await uploaded(c, "voice=ann take=9");
  const body = JSON.stringify({ audio: { upload: await uploaded(c, "voice=ann take=1") } });
  const enroll = () =>
    c.call("POST", "/speakers/ann/enroll", { headers: { ...json, "Idempotency-Key": "k" }, body });
  const first = await enroll();
  services.clock.jump(DAY + HOUR);
  const { registryId } = services;
  expect(await sweep(services, { registryId })).toMatchObject({ uploads: 0, clips: 0 });
  expect((await c.call("GET", `/uploads/${upload}`)).body.state).toBe("arrived");
  const again = await enroll();
  expect([again.text, again.headers.get("Idempotent-Replayed")]).toEqual([first.text, "true"]);
});

test("a clock that is set forward doesn't free an upload that a request holds", async () => {
  const services = await testServices();
  const c = await clientOf(services);
  const uploadId = (await uploaded(c, "voice=ann take=1")) as `upl_${string}`;
  const { registryId } = services;
  await holdUpload(services, { registryId, uploadId });
  services.clock.jump(DAY);
  await expect(holdUpload(services, { registryId, uploadId })).rejects.toMatchObject({
    slug: "upload-consumed",
  });
  services.clock.advance(120);
  expect((await holdUpload(services, { registryId, uploadId })).upload.state).toBe("held");
});

test("a clock that is set back revives no expired key", async () => {
  const services = await testServices();
  const expiresAt = new Date(services.clock.now().getTime() + 60_000).toISOString();
  const { token } = await issueKey(services, {
    registryId: services.registryId,
    name: "short",
    scopes: ["verify"],
    expiresAt,
  });
  services.clock.advance(60);
  services.clock.jump(-HOUR);
  await expect(authenticate(services, token)).rejects.toMatchObject({ slug: "unauthorized" });
});

test("an erasure after the clock was set back also redacts what was stored before", async () => {
  const services = await testServices();
  const c = await clientOf(services);
  await c.enroll("ann", "1", "2");
  const verified = await c.call("POST", "/verify", {
    headers: json,
    body: JSON.stringify({
      speaker: "ann",
      audio: { base64: Buffer.from(bytesOf("voice=ann take=3")).toString("base64") },
    }),
  });
  services.clock.jump(-HOUR);
  await c.call("DELETE", "/speakers/ann");
  await finishErasures(services, { registryId: services.registryId });
  const decision = await c.call("GET", `/decisions/${verified.body.decisionId}`);
  expect([decision.status, decision.text.includes('"ann"')]).toEqual([200, false]);
});
