import { expect, test } from "vitest";
import { compare } from "../../lib/domain/decision/compare.ts";
import { explainDecision } from "../../lib/domain/decision/explain.ts";
import { identify } from "../../lib/domain/decision/identify.ts";
import { verify } from "../../lib/domain/decision/verify.ts";
import { fakeClip, fakeEmbedder } from "../support/fake-embedder.ts";
import { type TestServices, testServices } from "../support/services.ts";
import { enrollTakes, named, set, stored } from "./asking.ts";

const MIXED = "voice=ann take=9 with=zoe seconds=8";
const ALONE = "voice=ann take=9 seconds=8";
const OF_THE_MODEL = "thresholds-not-of-your-voices";
const WARNINGS = ["multiple-speakers-suspected", OF_THE_MODEL];
const REFUSED = { decision: "inconclusive", reasons: ["multiple_speakers"], threshold: null };

const ask = (services: TestServices, text: string) =>
  verify(services, { ...named(services, "ann"), clip: fakeClip(text) });
const search = (services: TestServices, text: string) =>
  identify(services, { ...named(services, "ann"), clip: fakeClip(text) });
const sides = (services: TestServices, a: string, b: string) =>
  compare(services, { ...named(services, "ann"), clipA: fakeClip(a), clipB: fakeClip(b) });

async function withAnn(given: Parameters<typeof testServices>[0] = {}): Promise<TestServices> {
  const services = await testServices(given);
  await enrollTakes(services, "ann", 4);
  return services;
}

test("a clip of two people gets a warning from verify, identify and compare", async () => {
  const services = await withAnn();
  expect(await ask(services, MIXED)).toMatchObject({ decision: "accept", warnings: WARNINGS });
  expect(await search(services, MIXED)).toMatchObject({ decision: "match", warnings: WARNINGS });
  for (const [a, b] of [
    [MIXED, "voice=ann take=8"],
    ["voice=ann take=8", MIXED],
    [MIXED, MIXED],
  ])
    expect(await sides(services, a, b)).toMatchObject({ decision: "accept", warnings: WARNINGS });
  expect((await ask(services, ALONE)).warnings).toEqual([OF_THE_MODEL]);
  expect((await search(services, ALONE)).warnings).toEqual([OF_THE_MODEL]);
  expect((await sides(services, ALONE, "voice=ann take=8")).warnings).toEqual([OF_THE_MODEL]);
});

test("a registry that refuses such clips decides nothing on them", async () => {
  const services = await withAnn();
  await set(services, { mixedProbes: "refuse" });
  expect(await ask(services, MIXED)).toMatchObject({ ...REFUSED, score: null, warnings: WARNINGS });
  expect(await search(services, MIXED)).toMatchObject({ ...REFUSED, candidates: [], searched: 0 });
  expect(await sides(services, "voice=ann take=8", MIXED)).toMatchObject({ ...REFUSED, score: null });
  expect((await ask(services, ALONE)).decision).toBe("accept");
  expect((await search(services, ALONE)).decision).toBe("match");
  const { uid } = await stored(services, "ann");
  expect(await services.heardProbes.newest(services.registryId, uid, 9)).toHaveLength(1);
});

test("a refused clip can be explained, and no calibration decides on it again", async () => {
  const services = await withAnn();
  await set(services, { mixedProbes: "refuse" });
  const { decisionId } = await ask(services, MIXED);
  const explained = await explainDecision(services, { registryId: services.registryId, decisionId });
  expect(explained).toMatchObject({ reply: REFUSED, now: { again: null } });
});

test("a clip with too little speech keeps its own reason", async () => {
  const services = await withAnn();
  await set(services, { mixedProbes: "refuse" });
  expect((await ask(services, "voice=ann take=9 with=zoe seconds=0")).reasons).toEqual(["no_speech"]);
  expect((await sides(services, MIXED, "voice=ann seconds=0.6")).reasons).toEqual(["not_enough_speech"]);
});

test("an accepted clip of two people doesn't clear the counts of rejects and misses", async () => {
  const outcomes = async (asked: (services: TestServices, text: string) => Promise<{ decision: string }>) => {
    const services = await withAnn();
    await set(services, { guessing: { rejects: 3, speakerRejects: 0, misses: 3 } });
    const found: string[] = [];
    for (const text of ["voice=zoe take=1", "voice=zoe take=2", MIXED, "voice=zoe take=3", ALONE])
      found.push(
        await asked(services, text).then(
          ({ decision }) => decision,
          ({ slug }) => slug,
        ),
      );
    return found;
  };
  expect(await outcomes(ask)).toEqual(["reject", "reject", "accept", "reject", "verify-attempts-exhausted"]);
  expect(await outcomes(search)).toEqual([
    ...["unknown", "unknown", "match", "unknown"],
    "identify-attempts-exhausted",
  ]);
});

test("a model without limits checks nothing, and doesn't embed windows", async () => {
  const { model, ...fake } = fakeEmbedder();
  const unmeasured = { ...model, speakersCheck: undefined };
  const asked: unknown[] = [];
  const services = await withAnn({
    embedder: {
      ...fake,
      model: unmeasured,
      embed(clip, options) {
        asked.push(options?.windows);
        return fake.embed(clip, options);
      },
    },
  });
  await set(services, { mixedProbes: "refuse" });
  expect(await ask(services, MIXED)).toMatchObject({ decision: "accept", warnings: [OF_THE_MODEL] });
  expect(new Set(asked)).toEqual(new Set([false]));
});

test("the check needs no calibration", async () => {
  const services = await testServices({ measured: false });
  await enrollTakes(services, "ann", 4);
  expect(await ask(services, MIXED)).toMatchObject({ decision: "inconclusive", warnings: WARNINGS });
});
