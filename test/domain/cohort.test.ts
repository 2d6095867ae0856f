import { expect, test } from "vitest";
import { activateCohort, listCohorts, reportCohort } from "../../lib/domain/cohort/cohort.ts";
import { refreshStatistics } from "../../lib/domain/cohort/refresh-statistics.ts";
import { identify } from "../../lib/domain/decision/identify.ts";
import { verify } from "../../lib/domain/decision/verify.ts";
import { fsck } from "../../lib/domain/maintenance/fsck.ts";
import { deleteClip } from "../../lib/domain/speaker/clip.ts";
import { eraseSpeaker, resetSpeaker } from "../../lib/domain/speaker/erase.ts";
import { optOut } from "../../lib/domain/speaker/opt-out.ts";
import type { CohortId } from "../../lib/id.ts";
import { fromFixed } from "../../lib/score/scoring/fixed-point.ts";
import { asNorm, voiceStats } from "../../lib/score/scoring/norm.ts";
import { cosine } from "../../lib/score/scoring/vector.ts";
import { fakeCohort } from "../support/fake-cohort.ts";
import { fakeClip } from "../support/fake-embedder.ts";
import { type TestServices, testServices } from "../support/services.ts";
import { enrollTakes, named, refusal, slugOf, stored } from "./asking.ts";
import { build, calibrateFor, cohortClip, strangers } from "./cohorts.ts";

const SPEAKERS = Array.from({ length: 22 }, (_, i) => `speaker-${i}`);

async function withSpeakers(): Promise<TestServices> {
  const services = await testServices();
  for (const name of SPEAKERS) await enrollTakes(services, name, 1);
  return services;
}

const activate = (services: TestServices, cohort: CohortId | "bundled" | "previous") =>
  activateCohort(services, { registryId: services.registryId, cohort });
const own = (services: TestServices) =>
  services.cohorts.list(services.registryId, services.embedder.model.modelId);

test("clips of one voice become one row with language, bandwidth and net speech", async () => {
  const services = await testServices();
  const clips = [
    cohortClip("voice=ann take=1 seconds=4", { voice: "ann", language: "de" }),
    cohortClip("voice=ann take=2 seconds=5 band=telephone", { voice: "ann", language: "de" }),
    ...strangers(20),
  ];
  const { record, created, left } = await build(services, { clips, name: "callers" });
  expect(record).toMatchObject({ size: 21, topN: 10, erased: 0, name: "callers" });
  expect([created, left]).toEqual([true, []]);
  expect(record.voices.find(({ label }) => label === "ann")).toEqual({
    source: "clips",
    owner: undefined,
    label: "ann",
    language: "de",
    bandwidth: "telephone",
    clips: 2,
    speechSeconds: 9,
  });
  const { report } = await reportCohort(services, {
    registryId: services.registryId,
    cohort: record.cohortId,
  });
  expect(report).toMatchObject({
    sources: { bundled: 0, clips: 21, registry: 0 },
    languages: { de: 1, unknown: 20 },
    bandwidths: { telephone: 1, wide: 20, unknown: 0 },
    nearDuplicates: { count: 0 },
  });
});

test("the same voices give the same cohort in any order and under any name; another topN does not", async () => {
  const services = await testServices();
  const clips = strangers(24);
  const first = await build(services, { clips, name: "first" });
  const again = await build(services, { clips: clips.toReversed(), name: "again" });
  expect(again).toMatchObject({ created: false, record: { cohortId: first.record.cohortId, name: "first" } });
  expect(again.record.cohort.rows).toEqual(first.record.cohort.rows);
  const other = await build(services, { clips, topN: 11 });
  expect(other.record.cohortId).not.toBe(first.record.cohortId);
  expect(await own(services)).toHaveLength(2);
});

test("rejects a build with unusable clips, and names each of them", async () => {
  const services = await testServices();
  const clips = [
    ...strangers(20),
    cohortClip("voice=bob seconds=0"),
    cohortClip("voice=bob seconds=1.5"),
    cohortClip("voice=bob take=3 seconds=12 with=eve"),
    cohortClip("voice=bob take=4 snr=1"),
    cohortClip("noise", {
      label: "list.tsv:25: noise.wav",
      read: async () => ({ bytes: new Uint8Array(9) }),
    }),
    cohortClip("voice=stranger-3 take=1", { label: "copy.wav" }),
  ];
  const refused = await refusal(build(services, { clips }));
  expect(refused.slug).toBe("cohort-clips-unfit");
  expect(refused.errors.map(({ pointer }) => pointer)).toEqual(
    [20, 21, 22, 23, 24, 25].map((i) => `/clips/${i}`),
  );
  const details = refused.errors.map(({ detail }) => detail);
  expect(details[0]).toMatch(/^voice=bob seconds=0.wav: No speech/);
  expect(details[1]).toMatch(/1.5 s of net speech/);
  expect(details[2]).toMatch(/more than one speaker/);
  expect(details[3]).toMatch(/dB above the background noise/);
  expect(details[4]).toMatch(/^list.tsv:25: noise.wav: /);
  expect(details[5]).toMatch(/same recording as voice=stranger-3/);
  expect(refused.message).toMatch(/6 of 26 clips.*no cohort was built/);
  expect(await own(services)).toEqual([]);
  const { record, left } = await build(services, { clips, skipUnfit: true });
  expect([record.size, left.map(({ index }) => index)]).toEqual([20, [20, 21, 22, 23, 24, 25]]);
});

test("rejects too few voices, and says how many a cohort needs", async () => {
  const services = await testServices();
  const few = await refusal(build(services, { clips: strangers(19) }));
  expect([few.slug, few.message]).toEqual([
    "cohort-too-small",
    expect.stringContaining("needs 20 voices, and this one has 19"),
  ]);
  expect(await slugOf(build(services, { clips: strangers(21), topN: 22 }))).toBe("cohort-too-small");
  expect(await slugOf(build(services, {}))).toBe("validation-failed");
  expect(await own(services)).toEqual([]);
});

test("a cohort of the registry's speakers leaves a speaker's own row out of its trials", async () => {
  const services = await withSpeakers();
  await optOut(services, named(services, "speaker-0"));
  const { record } = await build(services, { registry: true, topN: 20 });
  expect(record.voices).toHaveLength(21);
  expect(record.cohort.owners).not.toContain((await stored(services, "speaker-0")).uid);
  await calibrateFor(services, record.cohortId);
  await activate(services, record.cohortId);
  const clip = fakeClip("voice=speaker-7 take=9");
  const reply = await verify(services, { ...named(services, "speaker-7"), clip });
  const { uid, sum } = await stored(services, "speaker-7");
  const { embedding } = await services.embedder.embed(clip);
  if (!embedding) throw new RangeError("not embedded");
  const [enrolled, probe] = [fromFixed(sum), embedding].map((voice) => voiceStats(voice, record.cohort, uid));
  if (!enrolled || !probe) throw new RangeError("not normalized");
  expect(reply.score?.value).toBe(asNorm(cosine(fromFixed(sum), embedding), enrolled, probe));
  const found = await identify(services, { registry: services.registry, clip, limit: 10 });
  expect(found.candidates[0]).toMatchObject({ speaker: "speaker-7", score: reply.score });
});

test("includes the rows of the bundled cohort unchanged", async () => {
  const services = await withSpeakers();
  const { record } = await build(services, { registry: true, bundled: true, clips: strangers(3) });
  const bundled = fakeCohort(services.embedder.model);
  expect(record).toMatchObject({ size: bundled.size + 25, topN: 42 });
  const rowsOf = ({ rows, dimension }: { rows: Float32Array; dimension: number }) =>
    Array.from({ length: rows.length / dimension }, (_, i) =>
      rows.slice(i * dimension, (i + 1) * dimension).join(),
    );
  expect(rowsOf(record.cohort)).toEqual(expect.arrayContaining(rowsOf(bundled)));
});

test.each([
  ["erased", eraseSpeaker],
  ["opted out", optOut],
  ["reset", resetSpeaker],
  [
    "left without clips",
    async (services: TestServices, key: ReturnType<typeof named>) =>
      deleteClip(services, { ...key, clipId: (await stored(services, key.speakerId)).clips[0].clipId }),
  ],
] as const)(
  "a speaker who is %s is removed from every cohort, and scoring uses the remaining voices",
  async (_how, leave) => {
    const services = await withSpeakers();
    const { record } = await build(services, { registry: true });
    await calibrateFor(services, record.cohortId);
    await activate(services, record.cohortId);
    await refreshStatistics(services, { registryId: services.registryId });
    const before = await stored(services, "speaker-4");
    const { uid } = await stored(services, "speaker-3");
    await leave(services, named(services, "speaker-3"));
    const now = await services.cohorts.get(services.registryId, record.cohortId);
    expect(now).toMatchObject({ size: 21, erased: 1 });
    expect(now?.cohort.owners).not.toContain(uid);
    expect(await listCohorts(services, { registryId: services.registryId })).toMatchObject([
      { bundled: true, active: false },
      { id: record.cohortId, active: true, erased: 1, size: 21, calibrated: true },
    ]);
    const reply = await verify(services, {
      ...named(services, "speaker-4"),
      clip: fakeClip("voice=speaker-4 take=5"),
    });
    expect(reply).toMatchObject({ decision: "accept", cohort: record.cohortId });
    // The stored statistics include the removed voice, so they are no longer used.
    expect((await stored(services, "speaker-4")).stats).toEqual(before.stats);
    expect(await refreshStatistics(services, { registryId: services.registryId })).toBe(21);
    const again = await verify(services, {
      ...named(services, "speaker-4"),
      clip: fakeClip("voice=speaker-4 take=5"),
    });
    expect(again.score).toEqual(reply.score);
  },
);

test("a speaker erased during a build is not in the cohort", async () => {
  const services = await withSpeakers();
  const { uid } = await stored(services, "speaker-5");
  const put: TestServices["cohorts"]["put"] = async (record) => {
    await eraseSpeaker(services, named(services, "speaker-5"));
    return services.cohorts.put(record);
  };
  const racing = { ...services, cohorts: { ...services.cohorts, put } };
  const { record } = await build(racing, { registry: true });
  expect(record.cohort.owners).not.toContain(uid);
  expect(record).toMatchObject({ size: 21, erased: 1 });
});

test("fsck repairs a cohort row that a crashed erasure left behind", async () => {
  const services = await withSpeakers();
  const { uid } = await stored(services, "speaker-5");
  const forget = async () => {
    throw new RangeError("crashed");
  };
  const crashing = { ...services, cohorts: { ...services.cohorts, forget } };
  await build(services, { registry: true });
  await expect(eraseSpeaker(crashing, named(services, "speaker-5"))).rejects.toThrow("crashed");
  const { findings } = await fsck(services, { repair: true });
  expect(findings).toMatchObject([{ kind: "orphan-cohort-row", uid, repaired: true }]);
  expect((await fsck(services)).findings).toEqual([]);
  expect((await own(services))[0]).toMatchObject({ size: 21, erased: 1 });
});

test("activation switches to the calibration fitted with the cohort, and `previous` rolls both back", async () => {
  const services = await testServices();
  await enrollTakes(services, "ann", 4);
  const { record: a } = await build(services, { clips: strangers(40, "a") });
  const { record: b } = await build(services, { clips: strangers(40, "b") });
  const grounds = async () => {
    const clip = fakeClip("voice=ann take=9");
    const { cohort, calibration, decision, reasons } = await verify(services, {
      ...named(services, "ann"),
      clip,
    });
    return { cohort, calibration, decision, reasons: reasons[0] };
  };
  const bundled = {
    cohort: "coh_fake",
    calibration: "cal_fake",
    decision: "accept",
    reasons: "above_threshold",
  };
  expect(await grounds()).toEqual(bundled);
  const cal = (await calibrateFor(services, a.cohortId)).calibration.id;
  expect(await activate(services, a.cohortId)).toMatchObject({
    id: a.cohortId,
    active: true,
    calibrated: true,
  });
  const ofA = { ...bundled, cohort: a.cohortId, calibration: cal };
  expect(await grounds()).toEqual(ofA);
  // No calibration was fitted with b, and thresholds of another cohort must not decide.
  expect(await activate(services, b.cohortId)).toMatchObject({ calibrated: false });
  expect(await grounds()).toEqual({
    cohort: b.cohortId,
    calibration: cal,
    decision: "inconclusive",
    reasons: "not_calibrated",
  });
  await activate(services, "previous");
  expect(await grounds()).toEqual(ofA);
  await activate(services, "bundled");
  expect(await grounds()).toEqual(bundled);
  await activate(services, "previous");
  expect(await grounds()).toEqual(ofA);
});

test("refuses to activate an unusable cohort, and changes nothing", async () => {
  const services = await withSpeakers();
  const { record } = await build(services, { registry: true, topN: 21 });
  const { registryId } = services;
  const alien = { ...record, cohortId: "coh_alien", modelId: "mdl_other" } as const;
  await services.cohorts.put(alien);
  await eraseSpeaker(services, named(services, "speaker-1"));
  const refused = await refusal(activate(services, "coh_alien"));
  expect([refused.slug, refused.message]).toEqual(["cohort-mismatch", expect.stringContaining("mdl_other")]);
  expect(await slugOf(activate(services, "coh_none"))).toBe("cohort-not-found");
  expect(await slugOf(activate(services, record.cohortId))).toBe("cohort-too-small");
  expect(await services.active.get(registryId, services.embedder.model.modelId)).toBeUndefined();
});

test("reports near-duplicate rows", async () => {
  const services = await testServices();
  const duplicate = cohortClip("voice=stranger-3 take=2 noise=0.01", { label: "duplicate" });
  const source = cohortClip("voice=stranger-3 take=1 noise=0.01", { label: "source" });
  const { record } = await build(services, { clips: [...strangers(20), source, duplicate] });
  const { report } = await reportCohort(services, {
    registryId: services.registryId,
    cohort: record.cohortId,
  });
  expect(report.nearDuplicates.count).toBeGreaterThan(0);
  expect([report.nearDuplicates.pairs[0].a, report.nearDuplicates.pairs[0].b].toSorted()).toEqual([
    "duplicate",
    "source",
  ]);
  expect(report.warnings).toEqual(expect.arrayContaining(["near-duplicates", "few-voices", "one-bandwidth"]));
  const bundled = await reportCohort(services, { registryId: services.registryId, cohort: "bundled" });
  expect(bundled).toMatchObject({ bundled: true, size: 60, report: { nearDuplicates: { count: 0 } } });
});
