import fc from "fast-check";
import { expect, test } from "vitest";
import { activateCohort } from "../../lib/domain/cohort/cohort.ts";
import { refreshStatistics } from "../../lib/domain/cohort/refresh-statistics.ts";
import { identify } from "../../lib/domain/decision/identify.ts";
import { verify } from "../../lib/domain/decision/verify.ts";
import type { CohortId } from "../../lib/id.ts";
import type { CohortRecord } from "../../lib/ports/cohort.ts";
import type { DecisionReply, IdentifyReply } from "../../lib/schema/decision.ts";
import { fromFixed } from "../../lib/score/scoring/fixed-point.ts";
import { speakerStats } from "../../lib/score/scoring/norm.ts";
import { fakeClip } from "../support/fake-embedder.ts";
import { openTestServices, type TestServices, testServices } from "../support/services.ts";
import { enrollTakes, named, stored } from "./asking.ts";
import { build, calibrateFor, strangers } from "./cohorts.ts";
import { overtaken } from "./overtaken.ts";

const NAMES = ["ann", "bob", "eve"];
type Scores = { score: unknown; threshold: unknown; calibration: string };

/**
 * Enrolls three speakers, builds two calibrated cohorts, and records the exact scores under each.
 */
async function stage(services: TestServices) {
  for (const name of NAMES) await enrollTakes(services, name, 2);
  const cohorts: CohortRecord[] = [];
  for (const clips of [strangers(30, "a"), strangers(30, "b")])
    cohorts.push((await build(services, { clips, registry: true })).record);
  for (const { cohortId } of cohorts) await calibrateFor(services, cohortId);
  const exact = new Map<string, { verified: Scores; identified: Scores }>();
  for (const cohort of [...cohorts.map(({ cohortId }) => cohortId), "bundled"] as const) {
    const { id } = await activate(services, cohort);
    exact.set(id, {
      verified: scoresOf(await ask(services)),
      identified: scoresOf(await search(services)),
    });
  }
  expect(new Set([...exact.values()].map((one) => JSON.stringify(one))).size).toBe(3);
  return { cohorts: cohorts.map(({ cohortId }) => cohortId), exact };
}

const activate = (services: TestServices, cohort: CohortId | "bundled" | "previous") =>
  activateCohort(services, { registryId: services.registryId, cohort });
const refreshStats = (services: TestServices) =>
  refreshStatistics(services, { registryId: services.registryId });
const ask = (services: TestServices) =>
  verify(services, { ...named(services, "ann"), clip: fakeClip("voice=ann take=9") });
const search = (services: TestServices) =>
  identify(services, { registry: services.registry, clip: fakeClip("voice=bob take=9") });

function scoresOf(reply: DecisionReply | IdentifyReply): Scores {
  const score = "candidates" in reply ? [reply.candidates, reply.margin] : reply.score;
  return { score, threshold: reply.threshold, calibration: reply.calibration };
}

const scheduled = (services: TestServices, scheduler: fc.Scheduler): TestServices => ({
  ...services,
  speakers: overtaken(services.speakers, scheduler),
  cohorts: overtaken(services.cohorts, scheduler),
  active: overtaken(services.active, scheduler),
  calibrations: overtaken(services.calibrations, scheduler),
  gallery: overtaken(services.gallery, scheduler),
});

test("scores and thresholds come from one cohort, however switches and refreshes interleave", async () => {
  const services = await openTestServices();
  const { cohorts, exact } = await stage(services);
  const step = fc.constantFrom(
    ...cohorts,
    "bundled" as const,
    "previous" as const,
    "refresh-statistics" as const,
  );
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(step, { minLength: 1, maxLength: 4 }),
      async (scheduler, steps) => {
        const racing = scheduled(services, scheduler);
        const switching = steps.map((one) =>
          one === "refresh-statistics" ? refreshStats(racing) : activate(racing, one),
        );
        const requests = [ask(racing), search(racing), ask(racing)] as const;
        await scheduler.waitFor(Promise.all([...switching, ...requests]));
        const [first, found, second] = await Promise.all(requests);
        expect(scoresOf(first)).toEqual(exact.get(first.cohort)?.verified);
        expect(scoresOf(second)).toEqual(exact.get(second.cohort)?.verified);
        expect(scoresOf(found)).toEqual(exact.get(found.cohort)?.identified);
      },
    ),
    { numRuns: 60, seed: 20261125 },
  );
  await services.close();
});

test("a refresh stores the statistics of a new enrollment, keeps versions, and counts only changes", async () => {
  const services = await testServices();
  const { cohorts } = await stage(services);
  const versions = async () => Promise.all(NAMES.map(async (name) => (await stored(services, name)).version));
  const before = await versions();
  await activate(services, cohorts[0]);
  expect(await refreshStats(services)).toBe(3);
  expect(await refreshStats(services)).toBe(0);
  expect(await versions()).toEqual(before);
  const record = await services.cohorts.get(services.registryId, cohorts[0]);
  for (const name of NAMES) {
    const { sum, uid, stats } = await stored(services, name);
    expect(stats).toEqual(record && speakerStats(fromFixed(sum), record.cohort, uid));
    expect(stats?.cohortId).toBe(cohorts[0]);
  }
});

test("a refresh during an enrollment and a second switch ends with statistics of the active cohort", async () => {
  const services = await testServices();
  const { cohorts } = await stage(services);
  await activate(services, cohorts[0]);
  const racing = { ...services, clock: { ...services.clock, sleep: () => Promise.resolve() } };
  let pages = 0;
  const list: TestServices["speakers"]["list"] = async (...args) => {
    pages += 1;
    if (pages === 2) await activate(services, cohorts[1]);
    const page = await services.speakers.list(...args);
    if (pages === 1) await enrollTakes(services, "bob", 1, 7);
    return page;
  };
  await refreshStatistics(
    { ...racing, speakers: { ...services.speakers, list } },
    { registryId: services.registryId },
  );
  if (pages < 2) await activate(services, cohorts[1]);
  await refreshStats(services);
  for (const name of NAMES) expect((await stored(services, name)).stats?.cohortId).toBe(cohorts[1]);
});

test("a refresh that fails halfway leaves correct scores, and the next one finishes it", async () => {
  const services = await testServices();
  const { cohorts, exact } = await stage(services);
  await activate(services, cohorts[0]);
  let done = 0;
  const failing: TestServices["speakers"]["refreshStats"] = async (...args) => {
    if (done === 1) throw new RangeError("the disk is full");
    done += 1;
    return services.speakers.refreshStats(...args);
  };
  const broken = { ...services, speakers: { ...services.speakers, refreshStats: failing } };
  await expect(refreshStats(broken)).rejects.toThrow("the disk is full");
  const has = await Promise.all(NAMES.map(async (name) => (await stored(services, name)).stats?.cohortId));
  expect(new Set(has).size).toBe(2);
  expect(scoresOf(await ask(services))).toEqual(exact.get(cohorts[0])?.verified);
  expect(scoresOf(await search(services))).toEqual(exact.get(cohorts[0])?.identified);
  expect(await refreshStats(services)).toBe(2);
});

test("stops a refresh on an aborted signal", async () => {
  const services = await testServices();
  const { cohorts } = await stage(services);
  await activate(services, cohorts[0]);
  const signal = AbortSignal.abort();
  expect(await refreshStatistics(services, { registryId: services.registryId, signal })).toBe(0);
});
