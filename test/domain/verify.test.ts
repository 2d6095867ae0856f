import { expect, test } from "vitest";
import { readDecision } from "../../lib/domain/decision/record.ts";
import { verify } from "../../lib/domain/decision/verify.ts";
import { resetSpeaker } from "../../lib/domain/speaker/erase.ts";
import { optOut } from "../../lib/domain/speaker/opt-out.ts";
import type { Method } from "../../lib/score/scoring/types.ts";
import { fakeCalibration, fakeCohort } from "../support/fake-cohort.ts";
import { fakeClip, fakeEmbedder } from "../support/fake-embedder.ts";
import { openTestServices, type TestServices, testServices } from "../support/services.ts";
import { enrollTakes, enrollText, named, refusal, set, slugOf, stored } from "./asking.ts";

const ask = (services: TestServices, text: string, more: { far?: number; method?: Method } = {}) =>
  verify(services, { ...named(services, "ann"), clip: fakeClip(text), ...more });

async function withAnn(): Promise<TestServices> {
  const services = await testServices();
  await enrollTakes(services, "ann", 4);
  return services;
}

test("accepts the speaker's voice and rejects another, with score, threshold and provenance", async () => {
  const services = await withAnn();
  const own = await ask(services, "voice=ann take=9");
  expect(own).toMatchObject({
    decision: "accept",
    reasons: ["above_threshold"],
    band: "strong",
    lowEvidence: false,
    score: { method: "as-norm", normalized: true },
    threshold: { method: "as-norm", far: 0.01, genuineTrials: 100, impostorTrials: 4950, bucket: "any" },
    speaker: "ann",
    qualityA: null,
    replaySuspected: false,
    spoofCheck: "none",
    model: services.embedder.model.modelId,
    cohort: "coh_fake",
    calibration: "cal_fake",
    calibrationSource: "bundled",
    warnings: ["thresholds-not-of-your-voices"],
  });
  expect(own.score?.value).toBe(own.score?.asNorm);
  expect(own.threshold?.value).toBe(own.threshold?.asNorm);
  expect(await ask(services, "voice=max take=1")).toMatchObject({
    decision: "reject",
    reasons: ["below_threshold"],
    band: "none",
  });
});

test.each([
  ["no_speech", "voice=ann seconds=0"],
  ["not_enough_speech", "voice=ann seconds=0.2"],
  ["not_enough_speech", "voice=ann seconds=0.99"],
])("%s is inconclusive and has no score: %s", async (reason, text) => {
  const services = await withAnn();
  expect(await ask(services, text)).toMatchObject({
    decision: "inconclusive",
    reasons: [reason],
    score: null,
    threshold: null,
    band: "none",
    lowEvidence: true,
  });
});

test("uses the threshold of short probes from one to four seconds, and flags low evidence", async () => {
  const services = await withAnn();
  const brief = await ask(services, "voice=ann take=9 seconds=1");
  expect(brief).toMatchObject({ decision: "accept", lowEvidence: true, threshold: { bucket: "1-2s" } });
  const long = await ask(services, "voice=ann take=9 seconds=4");
  expect(long).toMatchObject({ lowEvidence: false, threshold: { bucket: "any" } });
  expect(brief.threshold?.value).toBeGreaterThan(long.threshold?.value ?? 0);
});

test("uses the telephone threshold if either side is telephone audio", async () => {
  const services = await withAnn();
  const wide = await ask(services, "voice=ann take=9");
  const called = await ask(services, "voice=ann take=9 band=telephone");
  expect([wide.threshold?.bandwidth, called.threshold?.bandwidth]).toEqual(["any", "telephone"]);
  expect(called.threshold?.value).toBeGreaterThan(wide.threshold?.value ?? 0);
  await enrollText(services, "tel", [
    "voice=tel take=1 seconds=10 band=telephone",
    "voice=tel take=2 seconds=9",
  ]);
  const enrolledByPhone = await verify(services, {
    ...named(services, "tel"),
    clip: fakeClip("voice=tel take=9"),
  });
  expect(enrolledByPhone.threshold?.bandwidth).toBe("telephone");
});

test("takes the FAR from the request, else from the registry, else from the calibration", async () => {
  const services = await withAnn();
  const far = async (more = {}) => (await ask(services, "voice=ann take=9", more)).threshold?.far;
  expect(await far()).toBe(0.01);
  await set(services, { far: 0.05 });
  expect(await far()).toBe(0.05);
  expect(await far({ far: 0.001 })).toBe(0.001);
  expect(await far({ far: 0.02 })).toBe(0.01);
});

test("rejects a FAR below the measured ones, and names the smallest", async () => {
  const services = await withAnn();
  const refused = await refusal(ask(services, "voice=ann take=9", { far: 0.0001 }));
  expect(refused.slug).toBe("validation-failed");
  expect(refused.errors).toMatchObject([
    { pointer: "/operatingPoint/far", detail: expect.stringContaining("0.001") },
  ]);
  const brief = await refusal(ask(services, "voice=ann take=9 seconds=1.5", { far: 0.001 }));
  expect(brief.errors[0].detail).toMatch(/1-2s.*0\.01/);
});

test.each(["cosine", "z-norm", "s-norm", "as-norm"] as const)("scores by %s on request", async (method) => {
  const services = await withAnn();
  const { score, threshold, decision } = await ask(services, "voice=ann take=9", { method });
  expect({ method: score?.method, bar: threshold?.method, decision }).toEqual({
    method,
    bar: method,
    decision: "accept",
  });
  expect(score?.normalized).toBe(method !== "cosine");
});

test("scores by cosine if the cohort is too small, and says so", async () => {
  const services = await withAnn();
  const cohort = { ...fakeCohort(services.embedder.model), topN: 61 };
  const small = { ...services, cohorts: { ...services.cohorts, bundled: async () => cohort } };
  expect(await ask(small, "voice=ann take=9")).toMatchObject({
    decision: "accept",
    score: { method: "cosine", asNorm: null, normalized: false },
    threshold: { method: "cosine", asNorm: null },
  });
});

test("is inconclusive on normalized scores with another cohort's calibration, but decides by cosine", async () => {
  const services = await withAnn();
  const calibration = { ...fakeCalibration(services.embedder.model), cohortId: "coh_other" } as const;
  const stale = { ...services, calibrations: { ...services.calibrations, bundled: async () => calibration } };
  for (const more of [{}, { method: "as-norm" } as const])
    expect(await ask(stale, "voice=ann take=9", more)).toMatchObject({
      decision: "inconclusive",
      reasons: ["not_calibrated"],
      band: "none",
      score: { method: "as-norm", asNorm: expect.any(Number), llr: null, normalized: true },
      threshold: null,
    });
  expect(await ask(stale, "voice=ann take=9", { method: "cosine" })).toMatchObject({
    decision: "accept",
    score: { method: "cosine" },
  });
});

test("recomputes statistics of an earlier cohort", async () => {
  const services = await withAnn();
  const usual = await ask(services, "voice=ann take=9");
  const speaker = await stored(services, "ann");
  const wrong = { mean: -5, std: 1 };
  const stats = { cohortId: "coh_old", voice: { all: wrong, top: wrong } } as const;
  await services.speakers.put({ ...speaker, stats, version: speaker.version + 1 });
  expect((await ask(services, "voice=ann take=9")).score).toEqual(usual.score);
  await services.speakers.put({
    ...speaker,
    stats: { ...stats, cohortId: "coh_fake" },
    version: speaker.version + 2,
  });
  expect((await ask(services, "voice=ann take=9")).score).not.toEqual(usual.score);
});

test("reports a short enrollment and a poor probe without changing the decision", async () => {
  const services = await testServices();
  await enrollTakes(services, "ann", 3);
  expect(await ask(services, "voice=ann take=9 snr=1 clipped=0.2 band=telephone")).toMatchObject({
    decision: "accept",
    reasons: ["above_threshold", "enrollment_short", "low_quality"],
    lowEvidence: true,
    warnings: ["low-quality", "narrow-band", "thresholds-not-of-your-voices"],
  });
});

test("distinguishes unknown, unenrolled and opted-out speakers", async () => {
  const services = await testServices();
  const verifyByName = (name: string) =>
    slugOf(verify(services, { ...named(services, name), clip: fakeClip("voice=ann") }));
  expect(await verifyByName("ann")).toBe("speaker-not-found");
  await enrollTakes(services, "ann", 1);
  await resetSpeaker(services, named(services, "ann"));
  expect(await verifyByName("ann")).toBe("speaker-not-enrolled");
  await optOut(services, named(services, "ann"));
  expect(await verifyByName("ann")).toBe("speaker-opted-out");
});

test("rejects a voiceprint of another model", async () => {
  const old = await openTestServices({ embedder: fakeEmbedder("old-model") });
  await enrollTakes(old, "ann", 1);
  const services = await openTestServices({ folder: old.folder });
  expect(await slugOf(ask(services, "voice=ann"))).toBe("model-mismatch");
  await services.close();
  await old.close();
});

test("returns a stored decision to its own registry only", async () => {
  const services = await withAnn();
  const reply = await ask(services, "voice=ann take=9");
  const { registryId } = services;
  const record = await readDecision(services, { registryId, decisionId: reply.decisionId });
  expect(record).toMatchObject({ operation: "verify", uid: (await stored(services, "ann")).uid, reply });
  expect(
    await readDecision(services, { registryId: "reg_other", decisionId: reply.decisionId }),
  ).toBeUndefined();
});

test("rejects audio that can't be decoded", async () => {
  const services = await withAnn();
  expect(await slugOf(ask(services, "RIFF"))).toBe("audio-undecodable");
  expect(await enrollText(services, "ann", ["voice=ann take=7"])).toMatchObject({ created: false });
});
