import { expect, test } from "vitest";
import { runBackgroundTask } from "../../lib/domain/job/background-task.ts";
import { audioSecondsToday } from "../../lib/domain/registry/audio-quota.ts";
import { issueKey, updateKey } from "../../lib/domain/registry/key.ts";
import { SCOPES } from "../../lib/schema/key.ts";
import { base64Of, bytesOf, type Client, client, json, wav } from "./client.ts";
import { announce, post } from "./upload.ts";

/** A key that may send 20 s a day, and a speaker. A fake clip has 7 s. */
async function metered() {
  const c = await client();
  const { services } = c;
  await c.enroll("ann", "1", "2");
  const { registryId } = services;
  const input = { registryId, name: "metered", scopes: SCOPES, audioSecondsPerDay: 20 };
  const { key, token } = await issueKey(services, input);
  const used = () => audioSecondsToday(services, key);
  const set = (audioSecondsPerDay: number | null) =>
    updateKey(services, { registryId, keyId: key.keyId, audioSecondsPerDay });
  const secondsToMidnight = () => 86_400 - ((services.clock.now().getTime() / 1000) % 86_400);
  return { c, token, used, set, secondsToMidnight };
}

const verify = (c: Client, key: string, take: number, more: Record<string, string> = {}) =>
  c.call("POST", "/verify?speaker=ann", {
    headers: { ...wav, ...more },
    body: bytesOf(`voice=ann take=${take}`),
    key,
  });

/** Starts a job by a request. `run` resumes it, as every hour; `job` reads it. */
async function started({ c, token }: { c: Client; token: string }, path: string, fields: object) {
  const { registryId } = c.services;
  const { status, body } = await c.call("POST", path, {
    headers: json,
    body: JSON.stringify(fields),
    key: token,
  });
  expect(status).toBe(202);
  return {
    run: () => runBackgroundTask(c.services, { kind: "job", registryId, jobId: body.id }),
    job: async () => (await c.call("GET", `/jobs/${body.id}`)).body.job,
  };
}

test("a key sends its seconds of audio a day, then gets 429 until midnight UTC", async () => {
  const { c, token, used, set, secondsToMidnight } = await metered();
  const retried = { "Idempotency-Key": "one" };
  for (const _ of [1, 2]) expect((await verify(c, token, 3, retried)).status).toBe(200);
  expect((await verify(c, token, 4)).status).toBe(200);
  expect(await used()).toBe(14);
  const refused = await verify(c, token, 5);
  expect(refused).toMatchObject({ status: 429, body: { type: expect.stringMatching(/quota-exceeded$/) } });
  expect(Number(refused.headers.get("Retry-After"))).toBe(Math.ceil(secondsToMidnight()));
  expect((await verify(c, c.key, 6)).status).toBe(200);
  await set(21);
  expect((await verify(c, token, 7)).status).toBe(200);
  await set(null);
  expect((await verify(c, token, 8)).status).toBe(200);
  await set(20);
  c.services.clock.advance(secondsToMidnight());
  expect(await used()).toBe(0);
  expect((await verify(c, token, 9)).status).toBe(200);
});

test("of 64 parallel requests, as many are answered as the quota has room for", async () => {
  const { c, token, used, set } = await metered();
  await set(50);
  const enroll = (name: string) =>
    c.call("POST", `/speakers/${name}/enroll`, { headers: wav, body: bytesOf(`voice=${name}`), key: token });
  const answers = await Promise.all(Array.from({ length: 64 }, (_, i) => enroll(`s${i}`)));
  const statuses = answers.map(({ status }) => status).sort();
  expect(statuses).toEqual([...Array(7).fill(201), ...Array(57).fill(429)]);
  expect(await used()).toBe(49);
});

test("a batch pauses at the quota, however often it is resumed, and continues the next day", async () => {
  const one = await metered();
  const lines = [3, 4, 5].map((take) => ({
    speaker: "ann",
    audio: { base64: base64Of(`voice=ann take=${take}`) },
  }));
  const { run, job } = await started(one, "/jobs", { kind: "enroll-batch", lines });
  for (const _ of [1, 2, 3, 4, 5]) {
    await run();
    expect(await job()).toMatchObject({ state: "running", done: 2, succeeded: 2 });
  }
  expect(await one.used()).toBe(14);
  one.c.services.clock.advance(one.secondsToMidnight());
  await run();
  expect(await job()).toMatchObject({ state: "done", succeeded: 3 });
  expect(await one.used()).toBe(7);
});

test("a cohort's clips count; the job pauses at the quota and embeds no clip again", async () => {
  const one = await metered();
  const clips = Array.from({ length: 4 }, (_, i) => ({ audio: { base64: base64Of(`voice=v${i} take=1`) } }));
  const { run, job } = await started(one, "/cohorts", { clips });
  for (const done of [2, 2, 2, 2]) {
    await run();
    expect(await job()).toMatchObject({ state: "running", done });
  }
  one.c.services.clock.advance(one.secondsToMidnight());
  await run();
  expect(await one.used()).toBe(14);
  expect(await job()).toMatchObject({ state: "done", succeeded: 4 });
});

test("an upload that is enrolled on arrival counts, and fails when the quota is used up", async () => {
  const { c, token, used } = await metered();
  const { registryId } = c.services;
  const states: string[] = [];
  for (const take of [3, 4, 5]) {
    const bytes = bytesOf(`voice=ann take=${take}`);
    const { body } = await announce(c, bytes, { enroll: { speaker: "ann" } }, token);
    await post(c, body.form, bytes);
    await runBackgroundTask(c.services, { kind: "enroll-upload", registryId, uploadId: body.upload.id });
    const { state, problem } = (await c.call("GET", `/uploads/${body.upload.id}`)).body;
    states.push(problem?.slug ?? state);
  }
  expect(states).toEqual(["enrolled", "enrolled", "quota-exceeded"]);
  expect(await used()).toBe(14);
});
