import { expect, test } from "vitest";
import { explainDecision } from "../../lib/domain/decision/explain.ts";
import { identify } from "../../lib/domain/decision/identify.ts";
import { verify } from "../../lib/domain/decision/verify.ts";
import { finishErasures } from "../../lib/domain/job/finish-erasures.ts";
import { eraseSpeaker, resetSpeaker } from "../../lib/domain/speaker/erase.ts";
import { optOut } from "../../lib/domain/speaker/opt-out.ts";
import { fakeClip } from "../support/fake-embedder.ts";
import { type TestServices, testServices } from "../support/services.ts";
import { enrollTakes, named, set, slugOf, stored } from "./asking.ts";

const DAY = 86_400;
/** A noisy copy: its embedding is too far away to show that it is one. */
const NOISY = "noise=0.7";

const ask = (services: TestServices, text: string) =>
  verify(services, { ...named(services, "ann"), clip: fakeClip(text) });
const search = (services: TestServices, text: string) =>
  identify(services, { ...named(services, "ann"), clip: fakeClip(text) });
const replayOf = async (services: TestServices, text: string) => (await ask(services, text)).replayOf;

async function withAnn(): Promise<TestServices> {
  const services = await testServices();
  await enrollTakes(services, "ann", 4);
  await enrollTakes(services, "max", 4);
  return services;
}

const heard = async (services: TestServices, uid?: `spk_${string}`) =>
  services.heardProbes.newest(services.registryId, uid ?? (await stored(services, "ann")).uid, 100);

test("suspects a replay for an enrolled recording or a copy of one", async () => {
  const services = await withAnn();
  const replay = { decision: "accept", replaySuspected: true, replayOf: "enrolled-clip" };
  for (const text of ["voice=ann take=2", `voice=ann take=2 ${NOISY}`, "voice=ann take=2 seconds=3"])
    expect(await ask(services, text)).toMatchObject(replay);
  expect(await ask(services, "voice=ann take=9")).toMatchObject({ replaySuspected: false, replayOf: null });
});

test("suspects a replay for a copy of a probe that was accepted before, by verify or identify", async () => {
  const services = await withAnn();
  expect(await replayOf(services, "voice=ann take=9")).toBe(null);
  expect(await replayOf(services, `voice=ann take=9 ${NOISY}`)).toBe("earlier-probe");
  expect(await search(services, "voice=ann take=8")).toMatchObject({ decision: "match", replayOf: null });
  expect(await search(services, "voice=ann take=8")).toMatchObject({
    decision: "match",
    replaySuspected: true,
    replayOf: "earlier-probe",
  });
  expect(await replayOf(services, "voice=ann take=8")).toBe("earlier-probe");
  expect(await replayOf(services, "voice=ann take=7")).toBe(null);
});

test("compares probes that an earlier version has stored, but not in a registry that was created since", async () => {
  const services = await withAnn();
  await ask(services, "voice=ann take=9");
  const before = await heard(services);
  await services.heardProbes.forget(services.registryId, (await stored(services, "ann")).uid);
  const upgraded = { ...services, heardProbes: { ...services.heardProbes, older: async () => before } };
  expect(
    await replayOf({ ...upgraded, registry: { ...services.registry, active: {} } }, "voice=ann take=9"),
  ).toBe(null);
  await services.heardProbes.forget(services.registryId, (await stored(services, "ann")).uid);
  expect(await replayOf(upgraded, "voice=ann take=9")).toBe("earlier-probe");
  expect((await search(upgraded, "voice=ann take=9")).replayOf).toBe("earlier-probe");
});

test("a request that runs again after a crash doesn't take its own probe for a copy", async () => {
  const services = await withAnn();
  const asking = { ...named(services, "ann"), clip: fakeClip("voice=ann take=9") };
  const again = (mark: string) => ({ ...asking, attempt: { mark, retry: true } });
  await verify(services, again("one"));
  expect((await verify(services, again("one"))).replayOf).toBe(null);
  expect((await identify(services, again("one"))).replayOf).toBe(null);
  expect((await verify(services, again("two"))).replayOf).toBe("earlier-probe");
});

test("keeps only accepted new recordings, so that strangers can't push them out", async () => {
  const services = await withAnn();
  await ask(services, "voice=ann take=9");
  await ask(services, "voice=ann take=9");
  await ask(services, "voice=ann take=1");
  await ask(services, "voice=max take=9");
  await search(services, "voice=zoe take=1");
  expect(await heard(services)).toHaveLength(1);
});

test("keeps probes for the registry's days; 0 keeps and compares none", async () => {
  const services = await withAnn();
  await set(services, { replayDays: 0 });
  await ask(services, "voice=ann take=9");
  expect(await heard(services)).toEqual([]);
  await set(services, { replayDays: 3 });
  await ask(services, "voice=ann take=9");
  services.clock.advance(3 * DAY - 1);
  expect(await replayOf(services, "voice=ann take=9")).toBe("earlier-probe");
  await set(services, { replayDays: 0 });
  expect(await replayOf(services, "voice=ann take=9")).toBe(null);
  await set(services, { replayDays: 3 });
  services.clock.advance(1);
  expect(await replayOf(services, "voice=ann take=9")).toBe(null);
});

test("a registry that refuses replays rejects them, with the score that they had", async () => {
  const services = await withAnn();
  const accepted = await ask(services, "voice=ann take=9");
  await set(services, { replay: "refuse" });
  const { threshold, score } = accepted;
  expect(await ask(services, "voice=ann take=9")).toMatchObject({
    ...{ decision: "reject", reasons: ["replay_suspected"], replayOf: "earlier-probe", threshold, score },
  });
  expect(await ask(services, "voice=max take=9")).toMatchObject({ reasons: ["below_threshold"] });
  expect(await ask(services, "voice=ann take=9 seconds=0.2")).toMatchObject({ decision: "inconclusive" });
  expect(await ask(services, "voice=ann take=7")).toMatchObject({ decision: "accept", replayOf: null });
});

test("a refused replay counts as a reject, and clears nothing", async () => {
  const services = await withAnn();
  await set(services, { replay: "refuse" });
  for (let i = 0; i < 5; i++) expect((await ask(services, "voice=ann take=1")).decision).toBe("reject");
  expect(await slugOf(ask(services, "voice=ann take=9"))).toBe("verify-attempts-exhausted");
});

test("a search that finds a replay is inconclusive where replays are refused, not an unknown voice", async () => {
  const services = await withAnn();
  await set(services, { replay: "refuse" });
  expect(await search(services, "voice=ann take=1")).toMatchObject({
    ...{ decision: "inconclusive", reasons: ["replay_suspected"], replayOf: "enrolled-clip" },
  });
  expect((await search(services, "voice=ann take=9")).decision).toBe("match");
});

test("a refused replay stays refused when the decision is explained", async () => {
  const services = await withAnn();
  const { registryId } = services;
  await set(services, { replay: "refuse" });
  for (const { decisionId, decision } of [
    await ask(services, "voice=ann take=1"),
    await search(services, "voice=ann take=1"),
  ]) {
    const { now } = await explainDecision(services, { registryId, decisionId });
    expect(now.again?.decision).toBe(decision);
  }
});

test.each([
  ["erasure", eraseSpeaker],
  ["opt-out", optOut],
  ["reset", resetSpeaker],
])("%s removes the speaker's probes", async (_name, remove) => {
  const services = await withAnn();
  const { uid } = await stored(services, "ann");
  await ask(services, "voice=ann take=9");
  await remove(services, named(services, "ann"));
  expect(await heard(services, uid)).toEqual([]);
});

test("a probe that is stored after the erasure is removed when the erasure is finished", async () => {
  const services = await withAnn();
  const { uid } = await stored(services, "ann");
  await ask(services, "voice=ann take=9");
  const [late] = await heard(services);
  await eraseSpeaker(services, named(services, "ann"));
  if (!late) throw new RangeError("nothing was heard");
  const { registryId, decisionId, at } = late;
  const decision = { registryId, decisionId, at, uid, operation: "verify", reply: {} } as const;
  await services.decisions.put(decision, { heard: { probe: late, days: 30 } });
  await finishErasures(services, { registryId: services.registryId });
  expect(await heard(services, uid)).toEqual([]);
});
