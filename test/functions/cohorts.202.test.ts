import { expect, test } from "vitest";
import { runBackgroundTask } from "../../lib/domain/job/background-task.ts";
import { issueKey } from "../../lib/domain/registry/key.ts";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import { SCOPES } from "../../lib/schema/key.ts";
import { stored } from "../domain/asking.ts";
import { base64Of, bytesOf, type Client, client, json, wav } from "./client.ts";
import { calibrated, cohortBuilt, jobOf } from "./job.ts";

const send = (c: Client, method: string, path: string, body: object, key?: string) =>
  c.call(method, path, { headers: json, body: JSON.stringify(body), ...(key ? { key } : {}) });
const clips = (count: number, name = "stranger") =>
  Array.from({ length: count }, (_, i) => ({ audio: { base64: base64Of(`voice=${name}-${i} take=1`) } }));
const verify = (c: Client, speaker: string, text: string) =>
  c.call("POST", `/verify?speaker=${speaker}`, { headers: wav, body: bytesOf(text) });

test("builds a cohort from clips, reports on it, activates it with its thresholds and rolls back", async () => {
  const c = await client();
  for (let i = 0; i < 40; i++) expect((await c.enroll(`voice-${i}`, "1", "2", "3")).status).toBe(201);
  const made = await cohortBuilt(c, {
    name: "callers",
    from: ["registry"],
    clips: [
      ...clips(30),
      { audio: { base64: base64Of("voice=german band=telephone") }, language: "de", voice: "g" },
    ],
  });
  const { cohort } = made;
  expect(made).toMatchObject({ created: true, left: [] });
  expect(cohort).toMatchObject({
    name: "callers",
    size: 71,
    topN: 35,
    erased: 0,
    bundled: false,
    active: false,
    calibrated: false,
    report: {
      sources: { bundled: 0, clips: 31, registry: 40 },
      languages: { de: 1, unknown: 70 },
      bandwidths: { telephone: 1, wide: 70, unknown: 0 },
      nearDuplicates: { count: 0, pairs: [] },
    },
  });
  expect(cohort.report.spread.highest).toBeLessThan(0.95);
  expect(await cohortBuilt(c, { from: [cohort.id] })).toMatchObject({
    created: false,
    cohort: { id: cohort.id },
  });

  const listed = (await c.call("GET", "/cohorts")).body.cohorts;
  expect(listed).toMatchObject([
    { id: "coh_fake", bundled: true, active: true, calibrated: true, sha256: null },
    { id: cohort.id, bundled: false, active: false, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
  ]);
  expect((await c.call("GET", `/cohorts/${cohort.id}`)).body).toEqual(cohort);

  // Its thresholds are measured before any decision uses it, and then both are activated together.
  const fitted = await calibrated(c, { from: "registry", cohort: cohort.id, activate: true });
  expect(fitted.calibration).toMatchObject({ active: true, fitsCohort: true, cohort: cohort.id });
  const own = await verify(c, "voice-7", "voice=voice-7 take=9");
  expect(own.body).toMatchObject({
    decision: "accept",
    cohort: cohort.id,
    calibration: fitted.calibration.id,
    score: { method: "as-norm", normalized: true },
  });

  const { registryId } = c.services;
  expect((await stored(c.services, "voice-7")).stats?.cohortId).toBe("coh_fake");
  await runBackgroundTask(c.services, { kind: "refresh-statistics", registryId });
  expect((await stored(c.services, "voice-7")).stats?.cohortId).toBe(cohort.id);
  expect((await verify(c, "voice-7", "voice=voice-7 take=9")).body.score).toEqual(own.body.score);

  const back = await send(c, "PUT", "/cohorts/active", { cohort: "previous" });
  expect(back).toMatchObject({ status: 200, body: { id: "coh_fake", active: true, calibrated: true } });
  expect((await verify(c, "voice-7", "voice=voice-7 take=9")).body).toMatchObject({
    decision: "accept",
    cohort: "coh_fake",
    calibration: "cal_fake",
  });
  const forth = await send(c, "PUT", "/cohorts/active", { cohort: cohort.id });
  expect(forth.body).toMatchObject({ id: cohort.id, active: true, calibrated: true });
});

test("activation adds the background task that refreshes statistics", async () => {
  const c = await client();
  const { cohort } = await cohortBuilt(c, { clips: clips(24) });
  const done = Promise.withResolvers<object>();
  c.services.backgroundTasks.work(async (backgroundTask) => {
    if (backgroundTask.kind !== "job") done.resolve(backgroundTask);
  });
  await send(c, "PUT", "/cohorts/active", { cohort: cohort.id });
  expect(await done.promise).toEqual({ kind: "refresh-statistics", registryId: c.services.registryId });
});

test("names each unsuitable clip by its position and builds nothing", async () => {
  const c = await client();
  const bad = ["voice=bob take=3 seconds=12 with=eve", "voice=bob seconds=0", "no clip"].map((text) => ({
    audio: { base64: base64Of(text) },
  }));
  const wanted = { clips: [...clips(20), ...bad] };
  const refused = await jobOf(c, "/cohorts", wanted);
  expect(refused).toMatchObject({
    state: "done",
    done: 23,
    total: 23,
    succeeded: 20,
    failed: 3,
    result: null,
  });
  expect(refused.problem.slug).toBe("cohort-clips-unfit");
  for (const reason of [/clip 21: .*more than one speaker/, /clip 22: No speech/, /clip 23: /])
    expect(refused.problem.detail).toMatch(reason);
  expect((await c.call("GET", "/cohorts")).body.cohorts).toHaveLength(1);
  const made = await cohortBuilt(c, { ...wanted, skipUnfit: true });
  expect(made.left.map(({ index }: { index: number }) => index)).toEqual([20, 21, 22]);
});

test.each([
  [{}, 422, "validation-failed"],
  [{ clips: [{ audio: { base64: "!" } }] }, 422, "validation-failed"],
  [{ clips: [{ audio: "https://example.org/a.wav" }] }, 422, "validation-failed"],
  [{ clips: [{}] }, 422, "validation-failed"],
  [{ from: ["bundled"], topN: 1 }, 422, "validation-failed"],
  [{ from: ["coh_unknown"] }, 404, "cohort-not-found"],
  [{ from: ["../x"] }, 404, "cohort-not-found"],
  [{ from: ["bundled"], rows: [] }, 422, "validation-failed"],
])("%j makes nothing: %i %s", async (body, status, slug) => {
  const c = await client();
  const refused = await send(c, "POST", "/cohorts", body);
  expect([refused.status, refused.body.type]).toEqual([status, `urn:voiceroll:problem:${slug}`]);
  expect((await c.call("GET", "/cohorts")).body.cohorts).toHaveLength(1);
});

test.each([
  [{ clips: [{ audio: { clip: "clp_1", speaker: "nobody" } }] }, "speaker-not-found"],
  [{ from: ["registry"] }, "cohort-too-small"],
  [{ from: ["bundled"], topN: 61 }, "cohort-too-small"],
])("the job of %j ends with %s and makes nothing", async (fields, slug) => {
  const c = await client();
  expect(await jobOf(c, "/cohorts", fields)).toMatchObject({
    state: "done",
    problem: { slug },
    result: null,
  });
  expect((await c.call("GET", "/cohorts")).body.cohorts).toHaveLength(1);
});

test("doesn't activate an unknown cohort, another registry's or another model's", async () => {
  const c = await client();
  const { id } = (await cohortBuilt(c, { clips: clips(24) })).cohort;
  const record = await c.services.cohorts.get(c.services.registryId, id);
  if (!record) throw new RangeError("not made");
  await c.services.cohorts.put({ ...record, cohortId: "coh_alien", modelId: "mdl_other" });
  const other = await ensureRegistry(c.services, "other");
  const { token } = await issueKey(c.services, { registryId: other.registryId, name: "k", scopes: SCOPES });
  const asked = [
    await send(c, "PUT", "/cohorts/active", { cohort: "coh_none" }),
    await send(c, "PUT", "/cohorts/active", { cohort: "nonsense" }),
    await send(c, "PUT", "/cohorts/active", { cohort: id }, token),
    await c.call("GET", `/cohorts/${id}`, { key: token }),
    await send(c, "PUT", "/cohorts/active", { cohort: "coh_alien" }),
    await send(c, "POST", "/calibrations", { from: "registry", cohort: "coh_alien" }),
  ];
  const slug = (text: string) => `urn:voiceroll:problem:${text}`;
  expect(asked.map(({ status, body }) => [status, body.type])).toEqual([
    ...Array(4).fill([404, slug("cohort-not-found")]),
    ...Array(2).fill([409, slug("cohort-mismatch")]),
  ]);
  expect((await c.call("GET", "/cohorts")).body.cohorts[0]).toMatchObject({ bundled: true, active: true });
});

test("cohorts need the scope calibrations, and cosines between voices need scores:read", async () => {
  const c = await client();
  const some = await c.keyWith(["speakers:write", "verify", "scores:read"]);
  const path = ["/cohorts", "/cohorts/bundled"];
  for (const one of path) expect((await c.call("GET", one, { key: some })).status).toBe(403);
  expect((await send(c, "POST", "/cohorts", { from: ["bundled"] }, some)).status).toBe(403);
  expect((await send(c, "PUT", "/cohorts/active", { cohort: "bundled" }, some)).status).toBe(403);
  const noScores = await c.keyWith(["calibrations"]);
  const duplicates = ["voice=t noise=0.01 take=1", "voice=t noise=0.01 take=2"].map((text) => ({
    audio: { base64: base64Of(text) },
  }));
  const { cohort } = await cohortBuilt(c, { clips: [...clips(20), ...duplicates] }, noScores);
  expect(cohort.report).toMatchObject({
    spread: null,
    nearDuplicates: { count: 1, pairs: [{ cosine: null }] },
    warnings: expect.arrayContaining(["near-duplicates"]),
  });
});
