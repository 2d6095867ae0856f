import { expect, test } from "vitest";
import { finishErasures } from "../../lib/domain/job/finish-erasures.ts";
import { updateRegistry } from "../../lib/domain/registry/registry.ts";
import { fakeRecording } from "../support/fake-embedder.ts";
import { type Client, client, json } from "./client.ts";
import { dyingAt, jobOf, work } from "./job.ts";
import { announce, post } from "./upload.ts";

/** bob speaks first, then a stranger, then alice, and the stranger again. */
const MEETING = ["0-6 voice=bob", "6.5-11 voice=eve", "11.25-20 voice=alice", "21-22.5 voice=eve"];

async function upload(c: Client, ...lines: string[]): Promise<string> {
  const bytes = new Uint8Array(fakeRecording(...lines));
  const { body } = await announce(c, bytes);
  expect((await post(c, body.form, bytes)).status).toBe(204);
  return body.upload.id;
}

async function meeting(more: object = {}): Promise<{ c: Client; fields: object }> {
  const c = await client();
  for (const name of ["alice", "bob", "carol"]) await c.enroll(name, "1", "2");
  return { c, fields: { kind: "diarize", audio: { upload: await upload(c, ...MEETING) }, ...more } };
}

test("segments have the names of enrolled speakers, and strangers have numbers", async () => {
  const { c, fields } = await meeting();
  const job = await jobOf(c, "/jobs", fields);
  expect(job).toMatchObject({ state: "done", problem: null, succeeded: 1, failed: 0 });
  const { seconds, segments, voices } = job.result;
  expect(seconds).toBe(22.5);
  const [bob, eve, alice] = voices;
  expect(
    segments.map(({ start, end, label, speaker, decision }: Record<string, unknown>) => [
      ...[start, end, label, speaker, decision],
    ]),
  ).toEqual([
    [0, 6, "bob", "bob", "match"],
    [6.5, 11, "stranger-1", null, "unknown"],
    [11.25, 20, "alice", "alice", "match"],
    [21, 22.5, "stranger-1", null, "unknown"],
  ]);
  expect(voices.map(({ label, speechSeconds }: Record<string, unknown>) => [label, speechSeconds])).toEqual([
    ["bob", 6],
    ["stranger-1", 6],
    ["alice", 8.75],
  ]);
  expect(segments[0]).toMatchObject({ score: bob.score.value, threshold: bob.threshold.value });
  expect(bob.score.value).toBeGreaterThanOrEqual(bob.threshold.value);
  expect(eve.score.value).toBeLessThan(eve.threshold.value);
  expect(alice.reasons).toContain("above_threshold");
});

test("where two speak at once, each has a segment, and both are marked", async () => {
  const { c } = await meeting();
  const lines = ["0-6 voice=bob", "5-11 voice=eve", "7-8 voice=alice take=2 seconds=9", "11-13 voice=bob"];
  const audio = { upload: await upload(c, ...lines) };
  const { result } = await jobOf(c, "/jobs", { kind: "diarize", audio });
  expect(
    result.segments.map(({ start, end, label, overlap }: Record<string, unknown>) => [
      ...[start, end, label, overlap],
    ]),
  ).toEqual([
    [0, 6, "bob", true],
    [5, 11, "stranger-1", true],
    [7, 8, "alice", true],
    [11, 13, "bob", false],
  ]);
});

/** Labels of the voices, and what each decision is based on. */
const heardIn = ({ voices }: { voices: Record<string, unknown>[] }) =>
  voices.map(({ label, heardSeconds }) => [label, heardSeconds]);

test("two voices that match one speaker are one voice, decided on their joint speech", async () => {
  const { c } = await meeting();
  const lines = ["0-2 voice=bob take=7", "3-14 voice=eve", "15-19 voice=bob take=8", "20-31 voice=alice"];
  const audio = { upload: await upload(c, ...lines) };
  const { result } = await jobOf(c, "/jobs", { kind: "diarize", audio });
  expect(heardIn(result)).toEqual([
    ["bob", 6],
    ["stranger-1", 11],
    ["alice", 11],
  ]);
});

test("a stranger's voice of under 10 s that sounds like a longer one belongs to it", async () => {
  const { c } = await meeting();
  const lines = ["0-12 voice=eve", "13-17 voice=eve take=3", "18-22 voice=max", "23-34 voice=eve take=4"];
  const audio = { upload: await upload(c, ...lines) };
  const { result } = await jobOf(c, "/jobs", { kind: "diarize", audio });
  // Two long voices stay apart, although they sound alike: only a voiceprint says who is who.
  expect(heardIn(result)).toEqual([
    ["stranger-1", 12],
    ["stranger-2", 15],
    ["stranger-3", 4],
  ]);
});

test("a piece of a voice that matches another speaker is of that speaker", async () => {
  const { c } = await meeting();
  const audio = { upload: await upload(c, "0-6 voice=bob", "6-9 voice=alice in=0", "10-20 voice=bob") };
  const { result } = await jobOf(c, "/jobs", { kind: "diarize", audio });
  expect(heardIn(result)).toEqual([
    ["bob", 16],
    ["alice", 3],
  ]);
});

test("each voice is a decision that can be read, and the upload can be used again", async () => {
  const { c, fields } = await meeting();
  const { result } = await jobOf(c, "/jobs", fields);
  for (const { decisionId, decision } of result.voices) {
    const { body } = await c.call("GET", `/decisions/${decisionId}`);
    expect(body).toMatchObject({ operation: "identify", reply: { decision } });
  }
  const again = await jobOf(c, "/jobs", fields);
  expect(again.result.segments).toHaveLength(4);
});

test("only members of the group are matched", async () => {
  const { c, fields } = await meeting({ group: "staff" });
  await c.call("PUT", "/groups/staff", { headers: json, body: JSON.stringify({ name: "Staff" }) });
  const body = JSON.stringify({ speakers: ["alice"] });
  await c.call("PUT", "/groups/staff/members", { headers: json, body });
  const { result } = await jobOf(c, "/jobs", fields);
  expect(result.voices.map(({ label }: { label: string }) => label)).toEqual([
    "stranger-1",
    "stranger-2",
    "alice",
  ]);
});

test("a stranger's number is never the ID of a speaker in the same recording", async () => {
  const c = await client();
  await c.enroll("stranger-1", "1", "2");
  const audio = { upload: await upload(c, "0-6 voice=eve", "7-13 voice=stranger-1", "14-20 voice=max") };
  const { result } = await jobOf(c, "/jobs", { kind: "diarize", audio });
  expect(result.segments.map(({ label, speaker }: Record<string, unknown>) => [label, speaker])).toEqual([
    ["stranger-2", null],
    ["stranger-1", "stranger-1"],
    ["stranger-3", null],
  ]);
});

test("a key without scores:read gets names and decisions, but no scores", async () => {
  const { c, fields } = await meeting();
  const key = await c.keyWith(["identify"]);
  const started = await c.call("POST", "/jobs", { key, headers: json, body: JSON.stringify(fields) });
  expect(started.status).toBe(202);
  await work(c, started.body.id);
  const { body } = await c.call("GET", `/jobs/${started.body.id}`, { key });
  expect(body.job.result.segments[0]).toEqual({
    ...{ start: 0, end: 6, overlap: false, label: "bob", speaker: "bob" },
    ...{ decision: "match", score: null, threshold: null },
  });
  expect(body.job.result.voices[0]).toMatchObject({ score: null, threshold: null, band: "strong" });
  const other = await c.keyWith(["calibrations", "speakers:write"]);
  expect((await c.call("GET", `/jobs/${started.body.id}`, { key: other })).status).toBe(403);
});

test("an erased speaker's name is replaced in the result of a job", async () => {
  const { c, fields } = await meeting();
  const { id } = await jobOf(c, "/jobs", fields);
  const { uid } = (await c.call("GET", "/speakers/bob")).body;
  await c.call("DELETE", "/speakers/bob");
  await finishErasures(c.services, { registryId: c.services.registryId });
  const { body, text } = await c.call("GET", `/jobs/${id}`);
  expect(text).not.toContain('"bob"');
  expect(body.job.result.segments[0]).toMatchObject({ label: uid, speaker: uid });
});

test("a recording that can't be read ends the job with its problem", async () => {
  const c = await client();
  const audio = { upload: await upload(c, "no recording") };
  const job = await jobOf(c, "/jobs", { kind: "diarize", audio });
  expect(job).toMatchObject({ state: "done", result: null, failed: 1 });
  expect(job.problem.slug).toBe("audio-undecodable");
  expect((await c.call("GET", `/uploads/${audio.upload}`)).body.state).toBe("arrived");
});

test("voices count as searches: strangers pause the caller, and its next recording has to wait", async () => {
  const c = await client();
  await c.enroll("alice", "1");
  const { services } = c;
  const { registryId } = services;
  await updateRegistry(services, { registryId, settings: { guessing: { misses: 3 } } });
  const strangers = ["0-6 voice=s1", "6-12 voice=s2", "12-18 voice=s3", "18-24 voice=s4"];
  const fields = { kind: "diarize", audio: { upload: await upload(c, ...strangers) } };
  expect((await jobOf(c, "/jobs", fields)).result.voices).toHaveLength(4);
  const refused = await c.call("POST", "/jobs", { headers: json, body: JSON.stringify(fields) });
  expect([refused.status, refused.body.type]).toEqual([
    429,
    "urn:voiceroll:problem:identify-attempts-exhausted",
  ]);
  const sound = await c.call("POST", "/identify", {
    headers: { "Content-Type": "audio/wav" },
    body: "voice=s5 take=1 seconds=6",
  });
  expect(sound.status).toBe(429);
});

test("the audit log has the decisions of a registry that records all of them", async () => {
  const { c, fields } = await meeting();
  const { registryId } = c.services;
  await updateRegistry(c.services, { registryId, settings: { audit: "all" } });
  const { result } = await jobOf(c, "/jobs", fields);
  const { body } = await c.call("GET", "/audit");
  const outcomes = body.entries.filter((one: { operation: string }) => one.operation === "diarize");
  expect(outcomes.map((one: { outcome: string }) => one.outcome).sort()).toEqual(
    result.voices.map((one: { decisionId: string }) => one.decisionId).sort(),
  );
});

test("audio of a diarized recording counts against the key's quota, and one too long for it isn't heard", async () => {
  const { c, fields } = await meeting();
  const { services } = c;
  const { issueKey } = await import("../../lib/domain/registry/key.ts");
  const key = async (audioSecondsPerDay: number) => {
    const limits = { name: "small", scopes: ["identify"] as const, audioSecondsPerDay };
    return (await issueKey(services, { registryId: services.registryId, ...limits })).token;
  };
  const started = async (token: string) => {
    const { body } = await c.call("POST", "/jobs", {
      key: token,
      headers: json,
      body: JSON.stringify(fields),
    });
    await work(c, body.id);
    return (await c.call("GET", `/jobs/${body.id}`, { key: token })).body.job;
  };
  expect(await started(await key(10))).toMatchObject({ result: null, state: "running" });
  expect(await started(await key(30))).toMatchObject({ state: "done", result: { seconds: 22.5 } });
});

test.each([false, true])("a killed job is done by the next worker (after the write: %s)", async (after) => {
  const { c, fields } = await meeting();
  for (let n = 1; ; n++) {
    const { body } = await c.call("POST", "/jobs", { headers: json, body: JSON.stringify(fields) });
    const killed = await work(c, body.id, dyingAt(c.services, n, after)).then(
      () => false,
      () => true,
    );
    c.services.clock.advance(130);
    await work(c, body.id);
    const { job } = (await c.call("GET", `/jobs/${body.id}`)).body;
    expect({ n, ...job }).toMatchObject({ n, state: "done", problem: null });
    expect(job.result.segments).toHaveLength(4);
    if (!killed) return;
  }
});
