import { expect, test } from "vitest";
import { bytesOf, type Client, client, json, wav } from "./client.ts";
import { calibrated, jobOf } from "./job.ts";

const SPEAKERS = Array.from({ length: 60 }, (_, i) => `voice-${i}`);
const TAKES = ["1", "2", "3", "4"];
const post = (c: Client, path: string, body: object, method = "POST") =>
  c.call(method, path, { headers: json, body: JSON.stringify(body) });
const verify = (c: Client, speaker: string, text: string, far: number) =>
  c.call("POST", `/verify?speaker=${speaker}&far=${far}`, { headers: wav, body: bytesOf(text) });

test("enrolls and calibrates sixty speakers, decides with the result and rolls back", async () => {
  const c = await client();
  for (const name of SPEAKERS) expect((await c.enroll(name, ...TAKES)).status).toBe(201);

  // Decisions by the model's own calibration, to compare with.
  const before = await verify(c, "voice-7", "voice=voice-7 take=9", 0.01);
  expect(before.body.decision).toBe("accept");

  const { calibration, suspects } = await calibrated(c, { from: "registry", defaultFar: 0.001 });
  expect(suspects).toEqual([]);
  expect(calibration).toMatchObject({ active: false, bundled: false, fitsCohort: true, defaultFar: 0.001 });
  expect(calibration.report).toMatchObject({
    origin: "registry",
    speakers: 60,
    genuineTrials: 240,
    impostorTrials: 60 * 59 * 4,
    comparison: {
      candidate: { crossValidated: true },
      decisions: { looked: 1 },
    },
  });
  expect(calibration.report.comparison.active.eer).toBeGreaterThanOrEqual(0);
  type Table = {
    method: string;
    bucket: string;
    bandwidth: string;
    points: Point[];
    lacking: { far: number }[];
  };
  type Rate = { rate: number; low: number; high: number; trials: number; speakers: number };
  type Point = { far: number; measured: { far: Rate; frr: Rate } };
  const table: Table = calibration.tables.find(
    (one: Table) => one.method === "as-norm" && one.bucket === "any" && one.bandwidth === "any",
  );
  expect(table.points.map(({ far }) => far)).toEqual([0.001, 0.01, 0.05]);
  for (const { far, measured } of table.points) {
    expect(measured.far).toMatchObject({ trials: 14_160, speakers: 60 });
    expect(measured.frr).toMatchObject({ trials: 240, speakers: 60 });
    expect(measured.far.rate).toBeLessThanOrEqual(far);
    expect(measured.far.low).toBeLessThanOrEqual(far);
    expect(measured.far.high).toBeGreaterThanOrEqual(measured.far.rate);
  }
  // A FAR of 1 in 10,000 needs 30,000 impostor trials: 88 speakers with four clips each.
  expect(table.lacking).toMatchObject([{ far: 0.0001, neededTrials: 30_000, moreSpeakers: 28 }]);
  expect(calibration.margin.misidentified.trials).toBe(240);

  // New voices against all speakers: the measured FAR also holds for people it was not fitted on.
  const active = await post(c, "/calibrations/active", { calibration: calibration.id }, "PUT");
  expect([active.status, active.body.active]).toEqual([200, true]);
  expect(active.body).not.toHaveProperty("tables");
  const strangers = await Promise.all(
    Array.from({ length: 150 }, (_, i) => verify(c, SPEAKERS[i % 60], `voice=stranger-${i} take=1`, 0.01)),
  );
  const wrong = strangers.filter(({ body }) => body.decision === "accept").length;
  const [, one] = table.points;
  expect(wrong / strangers.length).toBeLessThanOrEqual(one.measured.far.high + 0.02);

  const after = await c.call("POST", "/verify?speaker=voice-8", {
    headers: wav,
    body: bytesOf("voice=voice-8 take=9"),
  });
  expect(after.body).toMatchObject({
    decision: "accept",
    calibration: calibration.id,
    operatingPoint: { far: 0.001 },
    threshold: { far: 0.001, impostorTrials: 14_160, measured: { frr: { trials: 240 } } },
    score: { llr: expect.any(Number), conditions: { seconds: 6, bandwidth: "wide" } },
  });
  const strict = await verify(c, "voice-8", "voice=voice-8 take=9", 0.0001);
  expect(strict.status).toBe(422);
  expect(strict.body.detail).toMatch(/Too few trials for 0.0001: need 28 more speakers/);

  const found = await c.call("POST", "/identify?far=0.05", {
    headers: wav,
    body: bytesOf("voice=voice-9 take=9"),
  });
  expect(found.body).toMatchObject({
    decision: "match",
    candidates: [{ speaker: "voice-9" }, {}, {}, {}, {}],
    searched: 60,
    separation: { learnt: true, misidentified: { trials: 240 } },
  });

  const explained = await c.call("GET", `/decisions/${before.body.decisionId}`);
  expect(explained.body).toMatchObject({
    operation: "verify",
    reply: before.body,
    now: { sameModel: true, sameCohort: true, sameCalibration: false, again: { decision: "accept" } },
  });

  const back = await post(c, "/calibrations/active", { calibration: "previous" }, "PUT");
  expect(back.body).toMatchObject({ bundled: true, active: true });
  const list = await c.call("GET", "/calibrations");
  expect(
    list.body.calibrations.map((each: { id: string; active: boolean }) => [each.id, each.active]),
  ).toEqual([
    ["cal_fake", true],
    [calibration.id, false],
  ]);
  expect(list.text).not.toContain('"threshold"');
  expect(list.body.advice).toMatchObject({ usableSpeakers: 20, neededSpeakers: 20 });
  expect((await c.call("GET", `/calibrations/${calibration.id}`)).body.tables).toEqual(calibration.tables);
}, 180_000);

test("a rejected calibration names the fault, stores nothing and activates nothing", async () => {
  const c = await client();
  for (const name of SPEAKERS.slice(0, 3)) await c.enroll(name, "1", "2");
  const few = await jobOf(c, "/calibrations", { from: "registry", activate: true });
  expect(few).toMatchObject({ state: "done", failed: 1, result: null });
  expect(few.problem.slug).toBe("too-few-trials");
  expect(few.problem.detail).toMatch(/need \d+ more speakers/);
  const { body } = await c.call("GET", "/speakers/voice-0/clips");
  const [first] = body.clips;
  const trial = { label: 1, enrolled: { speaker: "voice-0" }, probe: { speaker: "voice-0", clip: first.id } };
  const listed = (...trials: object[]) => ({ from: "trials", trials, activate: true });
  const wrong = [{ ...trial, label: 2 }, trial, { ...trial, probe: {} }];
  expect((await post(c, "/calibrations", listed(...wrong))).body.errors).toMatchObject([
    { pointer: "/trials/0/label" },
    { pointer: "/trials/2/probe/speaker" },
    { pointer: "/trials/2/probe/clip" },
  ]);
  const gone = { ...trial, probe: { speaker: "voice-0", clip: "clp_gone" } };
  for (const [trials, detail] of [
    [[trial, trial], "Trial 2 repeats trial 1"],
    [[trial], "There is no impostor trial"],
    [[gone], "voice-0 has no clip clp_gone"],
  ] as const)
    expect((await jobOf(c, "/calibrations", listed(...trials))).problem).toMatchObject({
      slug: "validation-failed",
      detail: expect.stringContaining(detail),
    });
  const nan = '{"from":"trials","trials":[{"label":NaN}]}';
  expect((await c.call("POST", "/calibrations", { headers: json, body: nan })).body.type).toMatch(
    /malformed-json$/,
  );
  const list = await c.call("GET", "/calibrations");
  expect(list.body.calibrations).toMatchObject([{ bundled: true, active: true }]);
  for (const id of ["cal_none", "..%2f", "x"]) {
    expect((await c.call("GET", `/calibrations/${id}`)).body.type).toMatch(/calibration-not-found$/);
    const put = await post(c, "/calibrations/active", { calibration: id }, "PUT");
    expect(put.body.type).toMatch(/calibration-not-found$/);
  }
});

test("a decision needs decisions:read, its scores need scores:read, and only its registry can read it", async () => {
  const c = await client();
  await c.enroll("ann", ...TAKES);
  const { body: made } = await c.call("POST", "/verify?speaker=ann", {
    headers: wav,
    body: bytesOf("voice=ann take=9"),
  });
  const path = `/decisions/${made.decisionId}`;
  const blind = await c.call("GET", path, { key: await c.keyWith(["decisions:read"]) });
  expect(blind.body).toMatchObject({
    reply: { decision: "accept", score: null, threshold: null },
    now: { sameCalibration: true, again: { decision: "accept", threshold: null } },
  });
  expect((await c.call("GET", path, { key: await c.keyWith(["verify"]) })).status).toBe(403);
  expect((await c.call("GET", "/decisions/dec_none")).body.type).toMatch(/decision-not-found$/);
  expect((await c.call("GET", "/decisions/x")).body.type).toMatch(/decision-not-found$/);
  c.services.clock.advance(90 * 86_400);
  expect((await c.call("GET", path)).status).toBe(404);
  const { body: decided } = await c.call("POST", "/identify", {
    headers: wav,
    body: bytesOf("voice=ann take=8"),
  });
  const search = await c.call("GET", `/decisions/${decided.decisionId}`);
  expect(search.body).toMatchObject({ operation: "identify", reply: decided });
});

test("a calibration of the registry may include decisions that were labeled", async () => {
  const c = await client();
  for (const name of SPEAKERS.slice(0, 14)) await c.enroll(name, ...TAKES);
  const asked = await verify(c, "voice-3", "voice=voice-3 take=9", 0.01);
  const labeled = await post(c, `/decisions/${asked.body.decisionId}/label`, { verdict: "right" });
  expect(labeled.status).toBe(200);
  const { calibration } = await calibrated(c, { from: "registry", decisions: true });
  expect(calibration.source).toContain("and labeled decisions (1)");
  const listed = await c.call("GET", "/calibrations");
  expect(listed.body.advice.labeled).toMatchObject({ genuine: 1, impostor: 0, needed: 15, suggestion: null });
});
