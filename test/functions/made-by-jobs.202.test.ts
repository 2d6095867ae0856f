import { expect, test } from "vitest";
import { finishErasures } from "../../lib/domain/job/finish-erasures.ts";
import { workOnJob } from "../../lib/domain/job/work.ts";
import { issueKey, revokeKey } from "../../lib/domain/registry/key.ts";
import { updateRegistry } from "../../lib/domain/registry/registry.ts";
import { AppError } from "../../lib/error.ts";
import type { JobId } from "../../lib/id.ts";
import type { Services } from "../../lib/ports/services.ts";
import { SCOPES } from "../../lib/schema/key.ts";
import { base64Of, type Client, client, json } from "./client.ts";
import { dyingAt, jobOf, work } from "./job.ts";
import { uploaded } from "./upload.ts";

/** Enough speakers to fit on: 52 genuine trials. */
const SPEAKERS = Array.from({ length: 13 }, (_, i) => `voice-${i}`);
const CALIBRATE = { from: "registry", activate: true };

async function registryOfSpeakers(): Promise<Client> {
  const c = await client();
  for (const name of SPEAKERS) await c.enroll(name, "1", "2", "3", "4");
  return c;
}

const start = async (c: Client, path: string, fields: object, key = c.key): Promise<JobId> =>
  (await c.call("POST", path, { key, headers: json, body: JSON.stringify(fields) })).body.id;
const jobAt = async (c: Client, id: JobId) => (await c.call("GET", `/jobs/${id}`)).body.job;
const manifestOf = async ({ services }: Client, id: JobId) =>
  Buffer.from((await services.jobs.manifest(services.registryId, id)) ?? []).toString();
const clips = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ audio: { base64: base64Of(`voice=s-${i} take=1`) } }));

/** Kills the job's worker at each write in turn, and checks the job that another one finished. */
async function killedAtEachWrite(
  c: Client,
  after: boolean,
  begin: () => Promise<JobId>,
  check: (job: Awaited<ReturnType<typeof jobAt>>) => Promise<void>,
): Promise<void> {
  for (let n = 1; ; n++) {
    const id = await begin();
    const killed = await work(c, id, dyingAt(c.services, n, after)).then(
      () => false,
      () => true,
    );
    await work(c, id);
    const job = await jobAt(c, id);
    expect({ n, ...job }).toMatchObject({ n, state: "done", problem: null });
    expect(await manifestOf(c, id)).toBe("");
    await check(job);
    if (!killed) return;
  }
}

test.each([false, true])(
  "a kill at any write of a calibration loses and doubles nothing, and is recorded (after the write: %s)",
  { timeout: 240_000 },
  async (after) => {
    const c = await registryOfSpeakers();
    await killedAtEachWrite(
      c,
      after,
      () => start(c, "/calibrations", CALIBRATE),
      async ({ id, result }) => {
        const { entries } = (await c.call("GET", "/audit?limit=1000")).body;
        const details = { job: id, calibration: result.calibration };
        expect(entries).toContainEqual(
          expect.objectContaining({ operation: "activateCalibration", outcome: "done", details }),
        );
        const { calibrations } = (await c.call("GET", "/calibrations")).body;
        expect(calibrations).toMatchObject([{ active: false }, { id: result.calibration, active: true }]);
      },
    );
  },
);

test.each([false, true])(
  "a kill at any write of a cohort loses no clip and uses up each upload (after the write: %s)",
  { timeout: 240_000 },
  async (after) => {
    const c = await client();
    let upload = "";
    await killedAtEachWrite(
      c,
      after,
      async () => {
        upload = await uploaded(c, "voice=ann take=5");
        return start(c, "/cohorts", { from: ["bundled"], clips: [...clips(2), { audio: { upload } }] });
      },
      async ({ result, ...job }) => {
        expect(job).toMatchObject({ total: 3, done: 3, succeeded: 3, failed: 0 });
        const { cohorts } = (await c.call("GET", "/cohorts")).body;
        expect(cohorts).toMatchObject([{ bundled: true }, { id: result.cohort }]);
        expect((await c.call("GET", `/uploads/${upload}`)).body.state).toBe("consumed");
      },
    );
  },
);

test("a cohort continues after each turn, and embeds no clip twice", async () => {
  const c = await client();
  const { services } = c;
  const { embedder, clock } = services;
  const embedded: string[] = [];
  const embed: typeof embedder.embed = (clip, options) => {
    embedded.push(Buffer.from(clip.bytes).toString());
    clock.advance(4);
    return embedder.embed(clip, options);
  };
  const slow = { ...services, embedder: { ...embedder, embed } };
  const id = await start(c, "/cohorts", { clips: clips(20) });
  const input = { registryId: services.registryId, jobId: id };
  expect(await workOnJob(slow, input)).toBe("more");
  expect(await jobAt(c, id)).toMatchObject({ state: "running", stage: "embedding", total: 20, done: 3 });
  await work(c, id, slow);
  expect([embedded.length, new Set(embedded).size]).toEqual([20, 20]);
  expect(await jobAt(c, id)).toMatchObject({ state: "done", result: { created: true, left: [] } });
});

test("a calibration that runs in two workers is made and activated once", async () => {
  const c = await registryOfSpeakers();
  const id = await start(c, "/calibrations", CALIBRATE);
  await Promise.allSettled([work(c, id), work(c, id), work(c, id)]);
  await work(c, id);
  const { result, succeeded } = await jobAt(c, id);
  expect(succeeded).toBe(1);
  const { calibrations } = (await c.call("GET", "/calibrations")).body;
  expect(calibrations).toMatchObject([{ bundled: true }, { id: result.calibration, active: true }]);
});

test("a repeated message of a finished calibration doesn't undo a later choice", async () => {
  const c = await registryOfSpeakers();
  const id = await start(c, "/calibrations", CALIBRATE);
  await work(c, id);
  const body = JSON.stringify({ calibration: "previous" });
  await c.call("PUT", "/calibrations/active", { headers: json, body });
  await work(c, id);
  expect((await c.call("GET", "/calibrations")).body.calibrations[0]).toMatchObject({ active: true });
});

test("an Idempotency-Key that is sent again returns the same job and its Location", async () => {
  const c = await client();
  const headers = { ...json, "Idempotency-Key": "once" };
  const body = JSON.stringify({ from: "registry" });
  const [first, again] = [
    await c.call("POST", "/calibrations", { headers, body }),
    await c.call("POST", "/calibrations", { headers, body }),
  ];
  expect(again.headers.get("Idempotent-Replayed")).toBe("true");
  expect([again.body.id, again.headers.get("Location")]).toEqual([first.body.id, `/jobs/${first.body.id}`]);
  expect(await c.services.jobs.unfinished(c.services.registryId)).toHaveLength(1);
});

test.each(["/calibrations", "/cohorts"])(
  "a job of %s stops while its registry is suspended, and ends if its key is revoked",
  async (path) => {
    const c = await client();
    const { registryId } = c.services;
    const { key, token } = await issueKey(c.services, { registryId, name: "k", scopes: SCOPES });
    const fields = path === "/cohorts" ? { clips: clips(20) } : { from: "registry" };
    const id = await start(c, path, fields, token);
    await updateRegistry(c.services, { registryId, suspended: true });
    await work(c, id);
    await updateRegistry(c.services, { registryId, suspended: false });
    expect(await jobAt(c, id)).toMatchObject({ state: "waiting", problem: null });
    await revokeKey(c.services, { registryId, keyId: key.keyId });
    await work(c, id);
    expect(await jobAt(c, id)).toMatchObject({
      state: "done",
      result: null,
      problem: { slug: "unauthorized" },
    });
    expect(await manifestOf(c, id)).toBe("");
  },
);

test("a key that is revoked during a fit gets no result, and nothing is activated", async () => {
  const c = await registryOfSpeakers();
  const { services } = c;
  const { registryId } = services;
  const { key, token } = await issueKey(services, { registryId, name: "k", scopes: SCOPES });
  const jobId = await start(c, "/calibrations", CALIBRATE, token);
  const revoke = async () => void (await revokeKey(services, { registryId, keyId: key.keyId }));
  // The fit gives way to other work while it runs.
  await work(c, jobId, { ...services, clock: { ...services.clock, sleep: revoke } });
  expect(await jobAt(c, jobId)).toMatchObject({
    state: "done",
    result: null,
    problem: { slug: "unauthorized" },
  });
  expect((await c.call("GET", "/calibrations")).body.calibrations).toMatchObject([
    { bundled: true, active: true },
    { active: false },
  ]);
});

test("a calibration whose worker runs out of time starts again, and that costs no attempt", async () => {
  const c = await registryOfSpeakers();
  const { services } = c;
  const { registryId } = services;
  const jobId = await start(c, "/calibrations", CALIBRATE);
  for (let i = 0; i < 5; i++) {
    const stopping = new AbortController();
    const clock = { ...services.clock, sleep: async () => stopping.abort() };
    const input = { registryId, jobId, signal: stopping.signal };
    expect(await workOnJob({ ...services, clock }, input)).toBe("more");
  }
  expect(await services.jobs.get(registryId, jobId)).toMatchObject({ state: "running", tries: 0 });
  await work(c, jobId);
  expect(await jobAt(c, jobId)).toMatchObject({ state: "done", problem: null, stage: "fitting" });
});

test("a defect ends the job after three attempts; a temporary failure doesn't count", async () => {
  const c = await client();
  const { services } = c;
  const failing = (error: Error): Services => ({
    ...services,
    cohorts: { ...services.cohorts, bundled: () => Promise.reject(error) },
  });
  const id = await start(c, "/cohorts", { from: ["bundled"], clips: clips(1) });
  const input = { registryId: services.registryId, jobId: id };
  const down = new AppError("dependency-unavailable", "down");
  for (let i = 0; i < 5; i++) await expect(workOnJob(failing(down), input)).rejects.toBe(down);
  expect(await jobAt(c, id)).toMatchObject({ state: "running", problem: null });
  const reported: unknown[] = [];
  await workOnJob(failing(new RangeError("defect")), { ...input, report: (error) => reported.push(error) });
  expect(reported).toHaveLength(3);
  expect(await jobAt(c, id)).toMatchObject({ state: "done", problem: { slug: "internal-error" } });
});

test("a job's calibration and suspects are for keys with the scope calibrations", async () => {
  const c = await client();
  const id = await start(c, "/calibrations", { from: "registry" });
  const writer = await c.keyWith(["speakers:write"]);
  expect((await c.call("GET", `/jobs/${id}`, { key: writer })).status).toBe(403);
  const fitter = await c.keyWith(["calibrations"]);
  expect((await c.call("GET", `/jobs/${id}`, { key: fitter })).status).toBe(200);
});

test("a cohort's clip of an enrolled speaker needs the scope clips:read at once", async () => {
  const c = await client();
  const body = JSON.stringify({ clips: [{ audio: { clip: "clp_1", speaker: "ann" } }] });
  const key = await c.keyWith(["calibrations"]);
  expect((await c.call("POST", "/cohorts", { key, headers: json, body })).status).toBe(403);
});

test("after an erasure, no job names the person: not its trials, its clips or its result", async () => {
  const c = await client();
  const { services } = c;
  const { registryId } = services;
  for (const name of ["zoe", "bob"]) await c.enroll(name, "1", "2");
  const clipsOf = async (name: string) => (await c.call("GET", `/speakers/${name}/clips`)).body.clips;
  const [zoe] = await clipsOf("zoe");
  const trials = ["zoe", "bob"].map((name) => ({
    label: name === "zoe" ? 1 : 0,
    enrolled: { speaker: name },
    probe: { speaker: "zoe", clip: zoe.id },
  }));
  const ids = [
    await start(c, "/calibrations", { from: "trials", trials }),
    await start(c, "/cohorts", { clips: [{ audio: { clip: zoe.id, speaker: "zoe" } }, ...clips(1)] }),
  ];
  const found = await services.jobs.get(registryId, ids[0]);
  if (!found) throw new RangeError("no job");
  const suspects = [["zoe", "bob"]] as unknown as readonly [];
  const outcome = { calibrationId: "cal_1", suspects } as const;
  await services.jobs.put({ ...found, jobId: "job_done", state: "done", outcome });
  await c.call("DELETE", "/speakers/zoe");
  await finishErasures(services, { registryId });
  for (const id of ids) {
    expect(await manifestOf(c, id)).not.toContain("zoe");
    await work(c, id);
    expect(JSON.stringify(await services.jobs.get(registryId, id))).not.toContain("zoe");
  }
  expect(await jobAt(c, ids[0])).toMatchObject({ problem: { slug: "speaker-not-found" } });
  expect(JSON.stringify(await services.jobs.get(registryId, "job_done"))).not.toMatch(/zoe/);
  expect(await jobOf(c, "/cohorts", { from: ["bundled"] })).toMatchObject({ problem: null });
});
