import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runBackgroundTask } from "../../lib/domain/job/background-task.ts";
import { updateRegistry } from "../../lib/domain/registry/registry.ts";
import { type Client, client } from "./client.ts";
import { AUDIO, expire, ID, live, TEXTS, traceFinder, VOICE } from "./erased-life.ts";

const LIMIT_MS = 60_000;

/** The files of the folder in which `find` finds something. */
async function tracesIn(folder: string, find: ReturnType<typeof traceFinder>) {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const hits = await Promise.all(files.map(async (file) => ({ file, hits: find(await readFile(file)) })));
  return hits.filter((one) => one.hits.length > 0);
}

test("without kept recordings, no file of the data folder has a byte of one after the enrollments", async () => {
  const c = await client();
  const { folder, registryId } = c.services;
  await updateRegistry(c.services, { registryId, settings: { keepAudio: false } });
  await live(c);
  const find = traceFinder(AUDIO, []);
  expect((await tracesIn(folder, find)).flatMap(({ hits }) => hits)).toEqual([]);
});

const ENDS: Record<string, (c: Client) => Promise<unknown>> = {
  "an erasure": (c) => c.call("DELETE", `/speakers/${ID}`),
  "the sweep of an expired speaker": expire,
};

const whose = "no file of the data folder has a byte of the person's voice, id or details";
test.each(Object.entries(ENDS))(
  `60 s after %s, ${whose}`,
  async (_what, end) => {
    const c = await client();
    const { voices } = await live(c);
    const texts = [...TEXTS, ...AUDIO.slice(0, 1)];
    const find = traceFinder([...texts, ...AUDIO], voices);
    const { folder } = c.services;
    const found = () => tracesIn(folder, find);
    expect((await found()).flatMap(({ hits }) => hits)).toEqual(expect.arrayContaining([...texts, VOICE]));
    c.services.backgroundTasks.work((task) => runBackgroundTask(c.services, task).catch(() => undefined));
    await end(c);
    const until = performance.now() + LIMIT_MS;
    while (performance.now() < until && (await found()).length > 0)
      await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(await found()).toEqual([]);
  },
  120_000,
);
