import { expect, test } from "vitest";
import { calibrationAdvice } from "../../lib/domain/calibration/advice.ts";
import { calibrate } from "../../lib/domain/calibration/calibrate.ts";
import { labelDecision } from "../../lib/domain/decision/list.ts";
import { verify } from "../../lib/domain/decision/verify.ts";
import { fakeClip } from "../support/fake-embedder.ts";
import { type TestServices, testServices } from "../support/services.ts";
import { enrollTakes, named, set } from "./asking.ts";

/** Asks whether this voice is the speaker, and says afterwards whether it was. */
async function ask(services: TestServices, speaker: string, clip: string, was: boolean) {
  const reply = await verify(services, { ...named(services, speaker), clip: fakeClip(clip) });
  const verdict = (reply.decision === "accept") === was ? "right" : "wrong";
  await labelDecision(services, { registryId: services.registryId, decisionId: reply.decisionId, verdict });
  return reply;
}

/** Sixteen genuine and `impostors` impostor verifications of eight speakers. */
async function labeled(impostors = 16): Promise<TestServices> {
  const services = await testServices();
  await set(services, { guessing: { rejects: 0, speakerRejects: 0 }, replayDays: 0 });
  for (let i = 0; i < 8; i++) await enrollTakes(services, `voice-${i}`, 4);
  for (let i = 0; i < 16; i++)
    await ask(services, `voice-${i % 8}`, `voice=voice-${i % 8} take=${50 + i}`, true);
  for (let i = 0; i < impostors; i++)
    await ask(services, `voice-${i % 8}`, `voice=thief-${i} like=voice-${i % 8} mix=0.5 take=1`, false);
  return services;
}

test("from fifteen labels of each kind on, they suggest a threshold between the two kinds of scores", async () => {
  const few = await labeled(14);
  const advice = (services: TestServices) => calibrationAdvice(services, services);
  expect((await advice(few))?.labeled).toMatchObject({
    genuine: 16,
    impostor: 14,
    needed: 15,
    suggestion: null,
  });
  await ask(few, "voice-3", "voice=thief-99 take=1", false);
  const found = await advice(few);
  expect(found?.labeled).toMatchObject({
    impostor: 15,
    suggestion: { decided: { far: expect.any(Number) } },
  });
  const { threshold, interval, errorRate } = found?.labeled.suggestion ?? {};
  expect(errorRate).toBeLessThan(0.2);
  expect(interval?.low).toBeLessThanOrEqual(threshold ?? 0);
  expect(interval?.high).toBeGreaterThanOrEqual(threshold ?? 0);
  expect(found?.text).toContain("POST /calibrations with `decisions`");
});

test("a label that is taken back, a copy and a clip without a score are no trials", async () => {
  const services = await labeled();
  const count = async () => (await calibrationAdvice(services, services))?.labeled.genuine;
  expect(await count()).toBe(16);
  const { decisionId } = await ask(services, "voice-0", "voice=voice-0 take=90", true);
  expect(await count()).toBe(17);
  await labelDecision(services, { registryId: services.registryId, decisionId, verdict: null });
  await ask(services, "voice-0", "voice=voice-0 take=91 seconds=0.2", true);
  await set(services, { replay: "refuse" });
  await ask(services, "voice-0", "voice=voice-0 take=1", true);
  expect(await count()).toBe(16);
});

test("a calibration that is fitted on them as well has their trials, and says so", async () => {
  const services = await labeled();
  const { registryId } = services;
  for (let i = 8; i < 14; i++) await enrollTakes(services, `voice-${i}`, 4);
  const plain = (await calibrate(services, { registryId })).calibration;
  const both = (await calibrate(services, { registryId, decisions: true })).calibration;
  expect(both.source).toContain("and labeled decisions (32)");
  expect(both.report?.genuineTrials).toBe((plain.report?.genuineTrials ?? 0) + 16);
  expect(both.report?.impostorTrials).toBe((plain.report?.impostorTrials ?? 0) + 16);
});

test("with a calibration of its own in force, the advice is what the labels say", async () => {
  const services = await labeled();
  const { registryId } = services;
  for (let i = 8; i < 14; i++) await enrollTakes(services, `voice-${i}`, 4);
  await calibrate(services, { registryId, decisions: true, activate: true });
  const advice = await calibrationAdvice(services, { registryId });
  expect(advice?.labeled.suggestion).not.toBeNull();
  expect(advice?.text).not.toContain("come with the model");
});
