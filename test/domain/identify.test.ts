import { expect, test } from "vitest";
import { identify } from "../../lib/domain/decision/identify.ts";
import { searchVerdict } from "../../lib/domain/decision/search-verdict.ts";
import { eraseSpeaker } from "../../lib/domain/speaker/erase.ts";
import { optOut } from "../../lib/domain/speaker/opt-out.ts";
import type { Gallery } from "../../lib/ports/gallery.ts";
import type { ScoreView } from "../../lib/schema/score.ts";
import { openSetPoint } from "../../lib/score/scoring/calibration.ts";
import { fakeCalibration } from "../support/fake-cohort.ts";
import { fakeClip, fakeModel } from "../support/fake-embedder.ts";
import { type TestServices, testServices } from "../support/services.ts";
import { enrollTakes, enrollText, named, refusal, stored } from "./asking.ts";

const ask = (services: TestServices, text: string, more: { limit?: number; far?: number } = {}) =>
  identify(services, { registry: services.registry, clip: fakeClip(text), mayLoosen: true, ...more });

async function withVoices(names: readonly string[]): Promise<TestServices> {
  const services = await testServices();
  for (const name of names) await enrollTakes(services, name, 4);
  return services;
}
const TEN = Array.from({ length: 10 }, (_, i) => `person-${i}`);

test("matches a known voice and ranks candidates, with the margin to the second", async () => {
  const services = await withVoices(TEN);
  const reply = await ask(services, "voice=person-7 take=9");
  expect(reply).toMatchObject({
    decision: "match",
    reasons: ["above_threshold"],
    searched: 10,
    lowEvidence: false,
    spoofCheck: "none",
  });
  expect(reply.candidates).toHaveLength(5);
  expect(reply.candidates[0]).toMatchObject({ speaker: "person-7", band: "strong" });
  const values = reply.candidates.map((candidate) => candidate.score.value);
  expect(values).toEqual(values.toSorted((a, b) => b - a));
  expect(reply.margin).toBe(values[0] - values[1]);
});

test("the limit shortens the ranking, but changes neither the search nor the margin", async () => {
  const services = await withVoices(TEN);
  const reply = await ask(services, "voice=person-7 take=9", { limit: 1 });
  expect(reply.candidates).toHaveLength(1);
  expect(reply.searched).toBe(10);
  expect(reply.margin).toBeGreaterThan(0);
});

test("reports an unknown voice as unknown", async () => {
  const services = await withVoices(TEN);
  expect(await ask(services, "voice=stranger")).toMatchObject({
    decision: "unknown",
    reasons: ["below_threshold"],
    searched: 10,
  });
});

test("raises the threshold with the number searched, so that the chance of a false match stays the same", async () => {
  const services = await withVoices(TEN.slice(0, 2));
  const two = await ask(services, "voice=person-0 take=9", { far: 0.1 });
  for (const name of TEN.slice(2)) await enrollTakes(services, name, 4);
  const ten = await ask(services, "voice=person-0 take=9", { far: 0.1 });
  expect(ten.threshold?.value).toBeGreaterThan(two.threshold?.value ?? 0);
  expect([two.threshold?.far, ten.threshold?.far]).toEqual([0.1, 0.1]);
  const table = fakeCalibration(services.embedder.model).tables.find(
    (one) => one.method === "as-norm" && one.bucket === "any" && one.bandwidth === "any",
  );
  expect(table && openSetPoint(table, 0.1, 10)?.threshold).toBe(ten.threshold?.value);
  expect(await ask(services, "voice=person-0 take=9", { far: 0.001 })).toMatchObject({
    threshold: { extrapolated: true },
  });
});

test("two ids with the same voice are ambiguous", async () => {
  const services = await withVoices(["ann"]);
  await enrollText(
    services,
    "ann-again",
    [1, 2, 3, 4].map((take) => `voice=ann take=${take + 20}`),
  );
  expect(await ask(services, "voice=ann take=9")).toMatchObject({
    decision: "ambiguous",
    reasons: ["margin_too_small"],
    candidates: [{ band: "strong" }, { band: "strong" }],
  });
});

test("an empty registry gives unknown, and a single candidate has no margin", async () => {
  const services = await testServices();
  expect(await ask(services, "voice=ann")).toMatchObject({
    decision: "unknown",
    reasons: ["empty_gallery"],
    candidates: [],
    searched: 0,
    threshold: null,
    margin: null,
  });
  await enrollTakes(services, "ann", 4);
  expect(await ask(services, "voice=ann take=9")).toMatchObject({ decision: "match", margin: null });
});

test.each([
  ["no_speech", "voice=ann seconds=0"],
  ["not_enough_speech", "voice=ann seconds=0.9"],
])("%s is inconclusive, without a search", async (reason, text) => {
  const services = await withVoices(["ann"]);
  expect(await ask(services, text)).toMatchObject({
    decision: "inconclusive",
    reasons: [reason],
    candidates: [],
    searched: 0,
    threshold: null,
  });
});

test("reports a short probe and a short enrollment of the best candidate", async () => {
  const services = await testServices();
  await enrollTakes(services, "ann", 1);
  expect(await ask(services, "voice=ann take=9 seconds=1.5 snr=1")).toMatchObject({
    decision: "match",
    reasons: ["above_threshold", "enrollment_short", "low_quality"],
    lowEvidence: true,
    threshold: { bucket: "1-2s" },
    warnings: ["low-quality", "thresholds-not-of-your-voices"],
  });
});

test("never returns an erased or opted-out speaker that the gallery still has", async () => {
  const services = await withVoices(["ann", "max", "eve"]);
  const { registryId, gallery } = services;
  const before = new Map<string, Awaited<ReturnType<Gallery["search"]>>>();
  const late: Gallery = {
    async search(...args) {
      const known = before.get(registryId) ?? (await gallery.search(...args));
      before.set(registryId, known);
      return known;
    },
  };
  const stale = { ...services, gallery: late };
  expect((await ask(stale, "voice=ann take=9")).candidates).toHaveLength(3);
  await eraseSpeaker(services, named(services, "ann"));
  await optOut(services, named(services, "max"));
  const { candidates, decision } = await ask(stale, "voice=ann take=9");
  expect(candidates.map((candidate) => candidate.speaker)).toEqual(["eve"]);
  expect(decision).toBe("unknown");
  await enrollText(services, "ann", ["voice=other"]);
  expect((await ask(stale, "voice=ann take=9")).candidates).toHaveLength(1);
});

test("never returns an opted-out speaker, even if its row lists clips", async () => {
  const services = await withVoices(["ann", "max"]);
  const ann = await stored(services, "ann");
  await services.speakers.put({ ...ann, optedOut: true, version: ann.version + 1 });
  const { candidates } = await ask(services, "voice=ann take=9");
  expect(candidates.map((candidate) => candidate.speaker)).toEqual(["max"]);
});

test("records the uid of a match, and no uid otherwise", async () => {
  const services = await withVoices(["ann", "max"]);
  const { registryId } = services;
  const uidOf = async (text: string) => {
    const { decisionId } = await ask(services, text);
    return (await services.decisions.get(registryId, decisionId))?.uid;
  };
  expect(await uidOf("voice=ann take=9")).toBe((await stored(services, "ann")).uid);
  expect(await uidOf("voice=stranger")).toBeUndefined();
});

test("rejects a FAR that can't be extrapolated", async () => {
  const services = await withVoices(["ann"]);
  const calibration = fakeCalibration(services.embedder.model);
  const tables = calibration.tables.map((table) => ({ ...table, points: [] }));
  const bare = {
    ...services,
    calibrations: { ...services.calibrations, bundled: async () => ({ ...calibration, tables }) },
  };
  const { slug, errors } = await refusal(ask(bare, "voice=ann take=9"));
  expect({ slug, pointer: errors[0].pointer }).toEqual({
    slug: "validation-failed",
    pointer: "/operatingPoint/far",
  });
});

test("compares two candidates beyond the measured range by their unbounded LLRs", () => {
  const calibration = fakeCalibration(fakeModel());
  const [table] = calibration.tables.filter((t) => t.method === "as-norm" && t.bucket === "any");
  const { most } = table.llr.bounds!;
  const conditions = { seconds: 8, bandwidth: "wide", longerSeconds: 8, snrDb: null };
  const score = { value: table.points[0].threshold + 9, llr: most, conditions } as ScoreView;
  const verdict = (second: number) =>
    searchVerdict(
      calibration,
      { score, unboundedLlr: most + 30, table },
      { unboundedLlr: second },
      { far: 0.01, searched: 2 },
    );
  expect(verdict(most + 10)).toMatchObject({ decision: "match", separation: { llr: 20 } });
  expect(verdict(most + 30)).toMatchObject({ decision: "ambiguous" });
});
