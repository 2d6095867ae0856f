import { afterAll, beforeAll, expect, test } from "vitest";
import { calibrate } from "../../lib/domain/calibration/calibrate.ts";
import {
  activateCalibration,
  listCalibrations,
  readCalibration,
} from "../../lib/domain/calibration/calibration.ts";
import { fitCalibration } from "../../lib/domain/calibration/fit.ts";
import { type ListedTrial, trialsFromList } from "../../lib/domain/calibration/listed-trials.ts";
import { trialsFromRegistry } from "../../lib/domain/calibration/registry-trials.ts";
import { explainDecision } from "../../lib/domain/decision/explain.ts";
import { verify } from "../../lib/domain/decision/verify.ts";
import { scoringSetup } from "../../lib/domain/scoring/setup.ts";
import { fakeCalibration } from "../support/fake-cohort.ts";
import { fakeClip } from "../support/fake-embedder.ts";
import { openTestServices, type TestServices, testServices } from "../support/services.ts";
import { enrollTakes, enrollText, named, refusal, slugOf, speakerId, stored } from "./asking.ts";
import { build, strangers } from "./cohorts.ts";

const NAMES = Array.from({ length: 20 }, (_, i) => `voice-${i}`);
let full: TestServices;
beforeAll(async () => {
  full = await openTestServices();
  for (const name of NAMES) await enrollTakes(full, name, 4);
});
afterAll(() => full.close());

const here = (services: TestServices) => ({ registryId: services.registryId });
/** Each clip of 14 speakers against its own voiceprint and against the next five speakers'. */
async function listed(services: TestServices): Promise<ListedTrial[]> {
  const speakers = await Promise.all(NAMES.slice(0, 14).map((name) => stored(services, name)));
  return speakers.flatMap(({ speakerId: speaker, clips }, i) =>
    clips.flatMap(({ clipId: clip }): ListedTrial[] => [
      { label: 1, enrolled: { speaker }, probe: { speaker, clip } },
      ...[1, 2, 3, 4, 5].map((step): ListedTrial => {
        const other = speakers[(i + step) % speakers.length].speakerId;
        return { label: 0, enrolled: { speaker: other }, probe: { speaker, clip } };
      }),
    ]),
  );
}

test("fits on every clip against its own speaker's voiceprint and every other speaker's", async () => {
  const { record, suspects } = await fitCalibration(full, here(full));
  const { calibration, report } = record;
  expect(report).toMatchObject({
    origin: "registry",
    speakers: 20,
    genuineTrials: 80,
    impostorTrials: 20 * 19 * 4,
    skippedSpeakers: 0,
  });
  expect(calibration.cohortId).toBe("coh_fake");
  const [table] = calibration.tables.filter((one) => one.method === "as-norm" && one.bucket === "any");
  expect(table.points.map(({ far }) => far)).toEqual([0.01, 0.05]);
  expect(table.points[0].measured?.far).toMatchObject({ trials: 1520, speakers: 20 });
  expect(table.lacking?.map(({ far, moreSpeakers }) => [far, moreSpeakers])).toEqual([
    [0.0001, 68],
    [0.001, 8],
  ]);
  expect(report.missing).toContainEqual(expect.objectContaining({ bucket: "1-2s", why: "too_few" }));
  // Half of the speakers is ten, with forty genuine trials: too few to fit on.
  expect(report.comparison.candidate.crossValidated).toBe(false);
  expect(report.comparison.active?.cllr).toBeGreaterThan(0);
  expect(calibration.margin?.misidentified).toMatchObject({ trials: 80, speakers: 20 });
  expect(suspects).toEqual([]);
  expect(await fitCalibration(full, here(full))).toMatchObject({
    record: { calibration: { id: calibration.id } },
  });
});

test("returns two ids of one person as suspects, and does not store them", async () => {
  const services = await testServices();
  for (const name of NAMES.slice(0, 14)) await enrollTakes(services, name, 4);
  await enrollText(services, "again", [
    "voice=voice-0 take=21",
    "voice=voice-0 take=22",
    "voice=voice-0 take=23",
  ]);
  const { record, suspects } = await fitCalibration(services, here(services));
  expect(suspects.map((pair) => [...pair].sort())).toEqual([["again", "voice-0"]]);
  expect(JSON.stringify(record)).not.toContain("voice-0");
});

test("rejects too few voices, and says how many more it needs", async () => {
  const services = await testServices();
  for (const name of NAMES.slice(0, 4)) await enrollTakes(services, name, 4);
  await enrollTakes(services, "alone", 1);
  const { slug, message } = await refusal(fitCalibration(services, here(services)));
  expect(slug).toBe("too-few-trials");
  expect(message).toMatch(
    /need 9 more speakers.*16 genuine trials of 4 speakers.*1 speakers have too few clips/,
  );
  expect(await slugOf(fitCalibration(await testServices(), { registryId: services.registryId }))).toBe(
    "too-few-trials",
  );
  expect(await services.calibrations.list(services.registryId, services.embedder.model.modelId)).toEqual([]);
});

test("fits on listed trials over enrolled clips, with voiceprints that leave out the probe", async () => {
  const trials = await listed(full);
  const { record } = await fitCalibration(full, { ...here(full), trials });
  expect(record.report).toMatchObject({
    origin: "trials",
    speakers: 14,
    genuineTrials: 56,
    impostorTrials: 280,
  });
  expect(record.calibration.margin).toBeUndefined();
  // Speakers have four clips of six seconds; voiceprints of both kinds of trials have three of
  // them.
  const setup = await scoringSetup(full, full.registryId);
  const calibrationTrials = await trialsFromList(full, setup, { ...here(full), trials });
  const seconds = (genuine: boolean) =>
    new Set(
      calibrationTrials.trials
        .filter((one) => one.genuine === genuine)
        .map((one) => one.conditions.longerSeconds),
    );
  expect([[...seconds(true)], [...seconds(false)]]).toEqual([[18], [18]]);
  const whole = await trialsFromRegistry(full, setup, full.registryId);
  expect(new Set(whole.trials.map((one) => one.conditions.longerSeconds))).toEqual(new Set([18]));
});

test("names the invalid trial of a list, and stores nothing", async () => {
  const services = await testServices();
  for (const name of NAMES.slice(0, 12)) await enrollTakes(services, name, 4);
  const a = await stored(services, "voice-0");
  const b = await stored(services, "voice-1");
  const good: ListedTrial = {
    label: 0,
    enrolled: { speaker: b.speakerId },
    probe: { speaker: a.speakerId, clip: a.clips[0].clipId },
  };
  const cases: [ListedTrial[], string, RegExp][] = [
    [[good, { ...good, label: 1 }], "/trials/1", /repeats trial 1/],
    [[{ ...good, label: 1 }], "/trials/0/label", /label 1, but voice-1 and voice-0 are two/],
    [[{ ...good, enrolled: good.probe }], "/trials/0/label", /label 0, but both sides are voice-0/],
    [[{ ...good, label: 1, enrolled: good.probe }], "/trials/0", /same clip on both sides/],
    [
      [good, { ...good, enrolled: { speaker: speakerId("nobody") } }],
      "/trials/1/enrolled/speaker",
      /no speaker nobody/,
    ],
    [
      [{ ...good, probe: { ...good.probe, clip: "clp_none" } }],
      "/trials/0/probe/clip",
      /has no clip clp_none/,
    ],
    [[good], "/trials", /no genuine trial/],
  ];
  for (const [trials, pointer, text] of cases) {
    const { slug, errors, message } = await refusal(fitCalibration(services, { ...here(services), trials }));
    expect([slug, errors[0].pointer]).toEqual(["validation-failed", pointer]);
    expect(message).toMatch(text);
  }
  expect(await listCalibrations(services, here(services))).toMatchObject([{ bundled: true, active: true }]);
});

test("the next decision uses the activated calibration, and `previous` rolls back", async () => {
  const ask = () => verify(full, { ...named(full, "voice-3"), clip: fakeClip("voice=voice-3 take=9") });
  const bundled = fakeCalibration(full.embedder.model).id;
  const { record } = await fitCalibration(full, { ...here(full), defaultFar: 0.05 });
  const { id } = record.calibration;
  const before = await ask();
  expect(before.calibration).toBe(bundled);
  const view = await activateCalibration(full, { ...here(full), calibration: id });
  expect(view).toMatchObject({ id, active: true, bundled: false, fitsCohort: true });
  const after = await ask();
  expect(after).toMatchObject({ calibration: id, operatingPoint: { far: 0.05 }, threshold: { far: 0.05 } });
  expect(after.threshold?.measured?.far.trials).toBe(1520);
  const back = await activateCalibration(full, { ...here(full), calibration: "previous" });
  expect(back).toMatchObject({ id: bundled, active: true, bundled: true });
  expect((await ask()).calibration).toBe(bundled);
  await activateCalibration(full, { ...here(full), calibration: "previous" });
  expect((await readCalibration(full, { ...here(full), calibrationId: id })).active).toBe(true);
  await activateCalibration(full, { ...here(full), calibration: "bundled" });
  // The explanation of an earlier decision also replays it with the active calibration.
  expect(await explainDecision(full, { ...here(full), decisionId: after.decisionId })).toMatchObject({
    operation: "verify",
    reply: { calibration: id },
    now: { sameModel: true, sameCohort: true, sameCalibration: false, again: { decision: "accept" } },
  });
});

test("with `activate`, activates the cohort it fits for together with the calibration", async () => {
  const services = await testServices();
  for (const name of NAMES.slice(0, 14)) await enrollTakes(services, name, 4);
  const { record: cohort } = await build(services, { clips: strangers(30) });
  const input = { ...here(services), cohort: cohort.cohortId };
  const fitted = await calibrate(services, input);
  expect(fitted.calibration).toMatchObject({ cohort: cohort.cohortId, active: false, fitsCohort: false });
  const { calibration } = await calibrate(services, { ...input, activate: true });
  expect(calibration).toMatchObject({ id: fitted.calibration.id, active: true, fitsCohort: true });
  const setup = await scoringSetup(services, services.registryId);
  expect([setup.cohort.id, setup.calibration.id]).toEqual([cohort.cohortId, calibration.id]);
});

test("refuses to activate a calibration of another model or cohort, and changes nothing", async () => {
  const { record } = await fitCalibration(full, here(full));
  const { registryId } = full;
  for (const [id, other] of [
    ["cal_model", { modelId: "mdl_other" }],
    ["cal_cohort", { cohortId: "coh_other" }],
  ] as const) {
    const calibration = { ...record.calibration, ...other, id } as const;
    await full.calibrations.put({ ...record, calibration });
    expect(await slugOf(activateCalibration(full, { registryId, calibration: id }))).toBe(
      "calibration-mismatch",
    );
  }
  expect(await slugOf(activateCalibration(full, { registryId, calibration: "cal_none" }))).toBe(
    "calibration-not-found",
  );
  const active = (await listCalibrations(full, here(full))).filter((one) => one.active);
  expect(active).toMatchObject([{ bundled: true }]);
});

test("counts past decisions that would change, and activates nothing", async () => {
  const services = await testServices();
  for (const name of NAMES.slice(0, 14)) await enrollTakes(services, name, 4);
  // Noisy copies of the voice score around the bundled threshold.
  for (let take = 0; take < 12; take++)
    await verify(services, {
      ...named(services, `voice-${take}`),
      clip: fakeClip(`voice=voice-${take} take=${take} noise=${1 + take / 8}`),
      far: 0.05,
      mayLoosen: true,
    });
  const { record } = await fitCalibration(services, here(services));
  const { looked, changed, kinds } = record.report.comparison.decisions;
  expect(looked).toBe(12);
  expect(Object.values(kinds).reduce((sum, count) => sum + count, 0)).toBe(changed);
  const active = await listCalibrations(services, here(services));
  expect(active.find((one) => one.active)?.bundled).toBe(true);
  await activateCalibration(services, { ...here(services), calibration: record.calibration.id });
  const again = await fitCalibration(services, here(services));
  expect(again.record.calibration.id).toBe(record.calibration.id);
});
