import { expect, test } from "vitest";
import { finishErasures } from "../../lib/domain/job/finish-erasures.ts";
import { sweepRetention } from "../../lib/domain/maintenance/retention.ts";
import { readRegistry } from "../../lib/domain/registry/registry.ts";
import { fakeRecording } from "../support/fake-embedder.ts";
import { type Answer, type Client, client, json } from "./client.ts";
import { dyingAt, jobOf, work } from "./job.ts";
import { announce, post } from "./upload.ts";

type Voice = { label: string; speaker: string | null; candidate: string | null };

async function send(c: Client, method: string, path: string, body: object = {}): Promise<Answer> {
  return c.call(method, path, { headers: json, body: JSON.stringify(body) });
}

async function people(settings: object = {}) {
  const c = await client();
  await send(c, "PATCH", "/registry", { candidateVoices: true, ...settings });
  await c.enroll("alice", "1", "2");
  return {
    c,
    hear: (...lines: string[]) => hear(c, ...lines),
    listed: async () => (await c.call("GET", "/candidates")).body.candidates,
    voicesOf: async (id: string): Promise<Voice[]> =>
      (await c.call("GET", `/jobs/${id}`)).body.job.result.voices,
  };
}

async function upload(c: Client, ...lines: string[]): Promise<string> {
  const bytes = new Uint8Array(fakeRecording(...lines));
  const { body } = await announce(c, bytes);
  await post(c, body.form, bytes);
  return body.upload.id;
}

async function hear(c: Client, ...lines: string[]): Promise<{ id: string; upload: string; voices: Voice[] }> {
  const id = await upload(c, ...lines);
  const job = await jobOf(c, "/jobs", { kind: "diarize", audio: { upload: id } });
  return { id: job.id, upload: id, voices: job.result.voices };
}

const MONDAY = ["0-8 voice=eve take=1", "9-17 voice=max take=1", "18-26 voice=alice take=5"];
const FRIDAY = ["0-8 voice=max take=2", "9-17 voice=eve take=2"];

test("a registry keeps no strangers unless its setting says so", async () => {
  const { c, hear, listed } = await people({ candidateVoices: false });
  const { voices } = await hear(...MONDAY);
  expect(voices.map(({ candidate }) => candidate)).toEqual([null, null, null]);
  expect(await listed()).toEqual([]);
  expect((await c.services.candidates.all(c.services.registryId)).version).toBe(0);
});

test("a stranger of two recordings is one candidate, and one name shows in both", async () => {
  const { c, hear, listed, voicesOf } = await people();
  const monday = await hear(...MONDAY);
  const friday = await hear(...FRIDAY);
  const [eve, max] = monday.voices.map(({ candidate }) => ({ id: candidate }));
  expect((await listed()).map(({ id }: { id: string }) => id)).toEqual([eve?.id, max?.id].sort());
  expect(monday.voices[2]?.candidate).toBe(null);
  expect(friday.voices.map(({ candidate }) => candidate)).toEqual([max?.id, eve?.id]);
  const shown = (await c.call("GET", `/candidates/${eve?.id}`)).body;
  expect(shown).toMatchObject({ speaker: null, recordings: 2, speechSeconds: 16, rejected: [] });
  expect(shown.heard).toMatchObject([
    { recording: monday.upload, job: monday.id, voice: 0, pieces: [{ start: 0, end: 8 }] },
    { recording: friday.upload, job: friday.id, voice: 1, pieces: [{ start: 9, end: 17 }] },
  ]);
  const named = await send(c, "POST", `/candidates/${eve?.id}/name`, { speaker: "eve", name: "Eve" });
  expect(named).toMatchObject({ status: 200, body: { candidate: { speaker: "eve" }, enrollment: null } });
  expect((await voicesOf(monday.id)).map(({ label }) => label)).toEqual(["eve", "stranger-1", "alice"]);
  expect((await voicesOf(friday.id)).map(({ label }) => label)).toEqual(["stranger-1", "eve"]);
  // The name feeds no audio into the profile, and the next recording has it.
  expect((await c.call("GET", "/speakers/eve")).body).toMatchObject({ name: "Eve", clips: 0 });
  const later = await hear("0-8 voice=eve take=3");
  expect((await voicesOf(later.id))[0]).toMatchObject({ speaker: "eve", candidate: eve?.id });
});

test("short voices and pieces aren't kept", async () => {
  const { hear, listed } = await people();
  await hear("0-4.9 voice=eve", ...[6, 8, 10, 12, 14, 16].map((at) => `${at}-${at + 1.4} voice=max`));
  expect(await listed()).toEqual([]);
  const [piece] = (await hear("0-6 voice=eve take=2", "7-8 voice=eve take=2")).voices;
  expect((await listed())[0]).toMatchObject({ id: piece?.candidate, speechSeconds: 6 });
});

test("two voices of one recording never become one person", async () => {
  const { c, hear, listed } = await people();
  // Two voices that sound alike, and a third that is recognized as alice.
  await hear("0-8 voice=eve take=1");
  await hear("0-8 voice=eve take=2", "9-17 voice=eva like=eve mix=0.95", "18-26 voice=alice take=7");
  const [eve, eva] = await listed();
  expect([eve.recordings, eva.recordings].sort()).toEqual([1, 2]);
  const conflict = { status: 409, body: { type: expect.stringContaining("candidate-conflict") } };
  const merge = { with: eva.id, force: true };
  expect(await send(c, "POST", `/candidates/${eve.id}/merge`, merge)).toMatchObject(conflict);
  await send(c, "POST", `/candidates/${eve.id}/name`, { speaker: "eve" });
  for (const speaker of ["eve", "alice"])
    expect(await send(c, "POST", `/candidates/${eva.id}/name`, { speaker, force: true })).toMatchObject(
      conflict,
    );
});

test("what is merged or split is shown in earlier recordings", async () => {
  const { c, hear, listed, voicesOf } = await people();
  const one = await hear("0-8 voice=eve take=1");
  const two = await hear("0-8 voice=max take=1");
  const [eve, max] = await listed();
  await send(c, "POST", `/candidates/${eve.id}/merge`, { with: max.id });
  expect((await voicesOf(two.id))[0]?.candidate).toBe(eve.id);
  expect((await c.call("GET", `/candidates/${max.id}`)).status).toBe(404);
  const heard = [{ recording: two.upload, voice: 0 }];
  const { body } = await send(c, "POST", `/candidates/${eve.id}/split`, { heard });
  expect(body).toMatchObject({ candidate: { recordings: 1 }, split: { recordings: 1, rejected: [eve.id] } });
  expect((await voicesOf(two.id))[0]?.candidate).toBe(body.split.id);
  expect((await voicesOf(one.id))[0]?.candidate).toBe(eve.id);
  const again = { with: body.split.id };
  expect((await send(c, "POST", `/candidates/${eve.id}/merge`, again)).status).toBe(409);
  expect((await send(c, "POST", `/candidates/${eve.id}/merge`, { ...again, force: true })).status).toBe(200);
  expect((await voicesOf(two.id))[0]?.candidate).toBe(eve.id);
  expect(
    (await send(c, "POST", `/candidates/${eve.id}/split`, { heard: [{ ...heard[0], voice: 3 }] })).status,
  ).toBe(422);
});

test("who a voice is not is remembered, also where it would be recognized", async () => {
  const { c, hear, listed } = await people();
  const near = "0-8 voice=alba like=alice mix=0.75 take=2";
  await hear("0-8 voice=alba like=alice mix=0.4 take=1");
  expect((await hear(near)).voices[0]?.speaker).toBe("alice");
  const [alba] = await listed();
  await send(c, "POST", `/candidates/${alba.id}/name`, { speaker: "alice" });
  const rejected = await send(c, "POST", `/candidates/${alba.id}/reject`, { speaker: "alice" });
  const { uid } = (await c.call("GET", "/speakers/alice")).body;
  expect(rejected.body).toMatchObject({ speaker: null, rejected: [uid] });
  expect((await send(c, "POST", `/candidates/${alba.id}/name`, { speaker: "alice" })).status).toBe(409);
  expect((await hear(near)).voices[0]).toMatchObject({ speaker: null, candidate: alba.id });
  // A voice that is more like the speaker than like the candidate is still recognized.
  expect((await hear("0-8 voice=alice take=8")).voices[0]?.speaker).toBe("alice");
});

test("a person who may not be identified isn't kept as a stranger", async () => {
  const { hear, listed } = await people({ requiredPurposes: ["identify"] });
  const { voices } = await hear(...MONDAY);
  expect(voices.map(({ speaker }) => speaker)).toEqual([null, null, null]);
  expect(voices[2]?.candidate).toBe(null);
  expect(await listed()).toHaveLength(2);
});

test("a name needs the consent that the registry demands, and ends with it", async () => {
  const { c, hear, voicesOf } = await people({ requiredPurposes: ["candidates"] });
  const { id, voices } = await hear("0-8 voice=eve");
  const path = `/candidates/${voices[0]?.candidate}/name`;
  const required = { status: 422, body: { type: expect.stringContaining("consent-required") } };
  expect(await send(c, "POST", path, { speaker: "eve" })).toMatchObject(required);
  expect((await c.call("GET", "/speakers/eve")).status).toBe(404);
  await send(c, "POST", "/speakers", { id: "eve" });
  const consent = { givenBy: { who: "person" }, text: { name: "notice", version: "1" } };
  const purposes = ["identify", "candidates"];
  const made = await send(c, "POST", "/speakers/eve/consents", { ...consent, purposes });
  expect((await send(c, "POST", path, { speaker: "eve" })).status).toBe(200);
  expect((await voicesOf(id))[0]?.speaker).toBe("eve");
  await send(c, "POST", `/speakers/eve/consents/${made.body.id}/withdraw`);
  expect((await voicesOf(id))[0]?.speaker).toBe(null);
  const later = await hear("0-8 voice=eve take=2");
  expect(later.voices[0]?.candidate).not.toBe(voices[0]?.candidate);
});

test("a name feeds audio into the profile only on request, and only what passes the checks", async () => {
  const { c, hear } = await people();
  const { voices } = await hear("0-8 voice=eve");
  const path = `/candidates/${voices[0]?.candidate}/name`;
  const { body } = await send(c, "POST", path, { speaker: "eve", enroll: true });
  // The fake embedder can't cut this recording, so it is a clip that can't be enrolled.
  expect(body).toMatchObject({ candidate: { speaker: "eve" }, enrollment: { clips: 0 } });
  expect(body.enrollment.problem).not.toBe(null);
  expect((await c.call("GET", "/speakers/eve")).body.clips).toBe(0);
});

test("a job that was killed anywhere adds its strangers once", async () => {
  for (let n = 1; ; n++) {
    const { c, listed } = await people();
    const audio = { upload: await upload(c, ...MONDAY) };
    const { body } = await send(c, "POST", "/jobs", { kind: "diarize", audio });
    const killed = await work(c, body.id, dyingAt(c.services, n, n % 2 === 0)).then(
      () => false,
      () => true,
    );
    c.services.clock.advance(130);
    await work(c, body.id);
    const found = await listed();
    expect({ n, all: found.map((one: { recordings: number }) => one.recordings) }).toEqual({
      n,
      all: [1, 1],
    });
    const { voices } = (await c.call("GET", `/jobs/${body.id}`)).body.job.result;
    const ids = voices.slice(0, 2).map((one: Voice) => one.candidate);
    expect(ids.sort()).toEqual(found.map((one: { id: string }) => one.id));
    if (!killed) return;
  }
});

test("the erasure of a speaker deletes its candidates", async () => {
  const { c, hear, listed, voicesOf } = await people();
  const monday = await hear(...MONDAY);
  const [eve, max] = await listed();
  await send(c, "POST", `/candidates/${eve.id}/name`, { speaker: "eve" });
  const erased = await c.call("DELETE", "/speakers/eve");
  expect(JSON.parse(erased.headers.get("Erasure-Receipt") ?? "")).toMatchObject({
    removed: { candidates: 1 },
  });
  await finishErasures(c.services, { registryId: c.services.registryId });
  expect((await listed()).map(({ id }: { id: string }) => id)).toEqual([max.id]);
  expect((await voicesOf(monday.id)).map(({ speaker }) => speaker)).toEqual([null, null, "alice"]);
});

test("a candidate expires after the registry's days, also if they were lowered since", async () => {
  const { c, hear, listed } = await people();
  await hear("0-8 voice=eve");
  const sweep = async () => {
    const registry = await readRegistry(c.services, c.services.registryId);
    return sweepRetention(c.services, { registry, confirmed: true });
  };
  c.services.clock.advance(3 * 86_400);
  expect(await sweep()).toMatchObject({ candidates: 0 });
  await send(c, "PATCH", "/registry", { candidateDays: 2 });
  expect(await sweep()).toMatchObject({ candidates: 1 });
  expect(await listed()).toEqual([]);
});

test("the report about a person has the recordings in which the candidate was heard", async () => {
  const { c, hear } = await people();
  const { upload, voices } = await hear("0-8 voice=eve");
  await send(c, "POST", `/candidates/${voices[0]?.candidate}/name`, { speaker: "eve" });
  const { body } = await c.call("GET", "/speakers/eve/report");
  expect(body.candidates).toMatchObject([{ id: voices[0]?.candidate, heard: [{ recording: upload }] }]);
  expect((await c.call("GET", "/speakers/alice/report")).body.candidates).toEqual([]);
});
