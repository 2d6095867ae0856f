import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { fakeClip } from "../support/fake-embedder.ts";
import { openTestServices } from "../support/services.ts";
import { type ServerProcess, startProcess } from "./process.ts";

const LINES = 120;
const SPEAKERS = 8;
const KILLS = 5;

type Progress = { state: string; done: number };

const lines = Array.from({ length: LINES }, (_, i) => {
  const speaker = `speaker-${i % SPEAKERS}`;
  // Every tenth line is rejected: failures must not be reported twice either.
  const text = i % 10 === 9 ? "no clip" : `voice=${speaker} take=${i} seconds=6`;
  return { speaker, audio: { base64: Buffer.from(fakeClip(text).bytes).toString("base64") } };
});

const send = (server: ServerProcess, method: string, path: string, body?: object) =>
  fetch(`${server.url}${path}`, {
    method,
    headers: { Authorization: `Bearer ${keyOf(server)}`, "Content-Type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });

async function progress(server: ServerProcess, id: string): Promise<Progress> {
  const reply = await send(server, "GET", `/jobs/${id}?limit=1`);
  return ((await reply.json()) as { job: Progress }).job;
}

const keyOf = (server: ServerProcess): string => /key (\S+)/.exec(server.output())?.[1] ?? "";

/** Resolves as soon as this many lines have a result. */
async function reached(server: ServerProcess, id: string, done: number): Promise<void> {
  for (;;) {
    const now = await progress(server, id);
    if (now.done >= done || now.state === "done") return;
    await new Promise((resume) => setTimeout(resume, 5));
  }
}

test("after repeated kill -9, a batch continues at each start and has one result per line", async () => {
  const folder = await mkdtemp(join(tmpdir(), "voiceroll-job-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const start = () => startProcess("test/functions/fake-server.ts", { VOICEROLL_DATA: folder });
  let server = await start();
  const posted = await send(server, "POST", "/jobs", { kind: "enroll-batch", lines });
  expect(posted.status).toBe(202);
  const { id } = (await posted.json()) as { id: `job_${string}` };
  for (let kill = 1; kill <= KILLS; kill++) {
    await reached(server, id, Math.floor((kill * LINES) / (KILLS + 2)));
    server.child.kill("SIGKILL");
    await server.ended;
    server = await start();
  }
  await reached(server, id, LINES + 1);
  server.child.kill("SIGKILL");
  await server.ended;

  const services = await openTestServices({ folder });
  onTestFinished(() => services.close());
  const { registryId } = services;
  expect(await services.jobs.get(registryId, id)).toMatchObject({
    state: "done",
    done: LINES,
    failed: LINES / 10,
  });
  const results = await services.jobs.results(registryId, id, 0, 1000);
  expect(results.map(({ line }) => line)).toEqual(lines.map((_, i) => i + 1));
  expect(results.filter(({ problem }) => problem).map(({ line }) => line % 10)).toEqual(
    Array(LINES / 10).fill(0),
  );
  const { items } = await services.speakers.list(registryId, undefined, 100);
  const listed = items.flatMap(({ clips }) => clips.map(({ clipId }) => clipId));
  expect(listed.toSorted()).toEqual(results.flatMap(({ clips }) => clips).toSorted());
  expect(items.map(({ version, clips }) => version - clips.length)).toEqual(items.map(() => 0));
});

test("a calibration that is killed twice ends after the next start", { timeout: 240_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "voiceroll-job-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const start = () => startProcess("test/functions/fake-server.ts", { VOICEROLL_DATA: folder });
  let server = await start();
  const base64 = (text: string) => Buffer.from(fakeClip(text).bytes).toString("base64");
  for (let i = 0; i < 13; i++) {
    const audio = [1, 2, 3, 4].map((take) => ({ base64: base64(`voice=voice-${i} take=${take}`) }));
    expect((await send(server, "POST", `/speakers/voice-${i}/enroll`, { audio })).status).toBe(201);
  }
  const posted = await send(server, "POST", "/calibrations", { from: "registry", activate: true });
  const { id } = (await posted.json()) as { id: string };
  for (let kill = 0; kill < 2; kill++) {
    while ((await progress(server, id)).state === "waiting");
    server.child.kill("SIGKILL");
    await server.ended;
    server = await start();
  }
  await reached(server, id, Number.POSITIVE_INFINITY);
  const list = await send(server, "GET", "/calibrations");
  const { calibrations } = (await list.json()) as { calibrations: object[] };
  expect(calibrations).toMatchObject([{ bundled: true }, { bundled: false, active: true }]);
  server.child.kill("SIGKILL");
  await server.ended;
});
