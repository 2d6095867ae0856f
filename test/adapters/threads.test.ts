import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { embeddingThreads, type Thread } from "../../lib/adapters/model/threads.ts";

/** A thread that loads unless `FOLDER/broken` exists, answers a check, and dies of any clip. */
const SCRIPT = `
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
if (existsSync(join(workerData.folder, "broken")))
  parentPort.postMessage({ id: -1, failure: { detail: "the model cannot be loaded" } });
else {
  parentPort.on("message", ({ id, kind }) => (kind === "check" ? parentPort.postMessage({ id }) : process.exit(1)));
  parentPort.postMessage({ id: -1 });
}`;

async function stage() {
  const folder = await mkdtemp(join(tmpdir(), "voiceroll-threads-"));
  await writeFile(join(folder, "thread.mjs"), SCRIPT);
  const idle: Thread[] = [];
  let ended = 0;
  const threads = embeddingThreads(
    { folder, parts: {} },
    1,
    { idle: (thread) => idle.push(thread), answered: () => undefined, ended: () => ended++ },
    pathToFileURL(join(folder, "thread.mjs")),
  );
  onTestFinished(async () => {
    await threads.close();
    await rm(folder, { recursive: true });
  });
  return { folder, threads, idle, ended: () => ended };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}

const KILLER = { id: 1, kind: "embed" as const, clip: { bytes: new Uint8Array(0) }, options: {} };

test("a thread that dies is replaced", async () => {
  const { threads, idle, ended } = await stage();
  await threads.start();
  expect(threads.ready).toBe(1);
  idle[0].post(KILLER);
  await until(() => ended() === 1);
  await until(() => threads.ready === 1);
  expect(idle).toHaveLength(2);
});

test("a replacement that cannot load is tried again until it can; meanwhile no thread is ready", async () => {
  const { folder, threads, idle, ended } = await stage();
  await threads.start();
  await writeFile(join(folder, "broken"), "");
  idle[0].post(KILLER);
  // The thread that died, and the first replacement.
  await until(() => ended() === 2);
  expect(threads.ready).toBe(0);
  await rm(join(folder, "broken"));
  await until(() => threads.ready === 1);
});

test("a first thread that cannot load rejects the start with its reason", async () => {
  const { folder, threads } = await stage();
  await writeFile(join(folder, "broken"), "");
  await expect(threads.start()).rejects.toThrow("the model cannot be loaded");
});
