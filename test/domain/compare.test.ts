import { expect, test } from "vitest";
import { compare } from "../../lib/domain/decision/compare.ts";
import { readDecision } from "../../lib/domain/decision/record.ts";
import { fakeClip } from "../support/fake-embedder.ts";
import { type TestServices, testServices } from "../support/services.ts";
import { refusal } from "./asking.ts";

const ask = ({ ...services }: TestServices, a: string, b: string, far?: number) =>
  compare(services, {
    registry: services.registry,
    clipA: fakeClip(a),
    clipB: fakeClip(b),
    far,
    mayLoosen: true,
  });

test("accepts two clips of one voice and rejects two voices, in either order", async () => {
  const services = await testServices();
  const same = await ask(services, "voice=ann take=1", "voice=ann take=2");
  const turned = await ask(services, "voice=ann take=2", "voice=ann take=1");
  expect(same).toMatchObject({ decision: "accept", speaker: null, lowEvidence: false });
  expect(turned.score?.value).toBeCloseTo(same.score?.value ?? 0, 10);
  expect(await ask(services, "voice=ann", "voice=max")).toMatchObject({ decision: "reject", band: "none" });
});

test("stores only the decision", async () => {
  const services = await testServices();
  const { decisionId } = await ask(services, "voice=ann take=1", "voice=ann take=2");
  const { registryId } = services;
  expect(await services.clips.list(registryId)).toEqual([]);
  expect((await services.speakers.list(registryId, undefined, 10)).items).toEqual([]);
  const record = await readDecision(services, { registryId, decisionId });
  expect(record?.operation).toBe("compare");
  expect(record).not.toHaveProperty("uid");
});

test("uses the threshold for the shorter clip, and either clip can be too short", async () => {
  const services = await testServices();
  const long = "voice=ann take=1 seconds=9";
  for (const [a, b] of [
    [long, "voice=ann take=2 seconds=1.5"],
    ["voice=ann take=2 seconds=1.5", long],
  ])
    expect(await ask(services, a, b)).toMatchObject({ lowEvidence: true, threshold: { bucket: "1-2s" } });
  expect(await ask(services, long, "voice=ann seconds=0.5")).toMatchObject({
    decision: "inconclusive",
    reasons: ["not_enough_speech"],
    score: null,
  });
  expect(await ask(services, "voice=ann seconds=0", long)).toMatchObject({ reasons: ["no_speech"] });
});

test("reports the quality of both clips, and poor quality of either", async () => {
  const services = await testServices();
  expect(await ask(services, "voice=ann take=1 snr=1", "voice=ann take=2 snr=none")).toMatchObject({
    qualityA: { snrDb: 1 },
    quality: { snrDb: null },
    warnings: ["low-quality", "thresholds-not-of-your-voices"],
    reasons: ["above_threshold", "low_quality"],
  });
});

test("suspects a replay if both clips are the same recording", async () => {
  const services = await testServices();
  const suspected = async (b: string) => (await ask(services, "voice=ann take=1", b)).replaySuspected;
  expect(await suspected("voice=ann take=1")).toBe(true);
  expect(await suspected("voice=ann take=1 noise=0.5001")).toBe(true);
  expect(await suspected("voice=ann take=2")).toBe(false);
});

test("rejects a FAR below the measured ones", async () => {
  const services = await testServices();
  const { slug, errors } = await refusal(ask(services, "voice=ann take=1", "voice=ann take=2", 1e-6));
  expect({ slug, pointer: errors[0].pointer }).toEqual({
    slug: "validation-failed",
    pointer: "/operatingPoint/far",
  });
});
