import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { runBackgroundTask } from "../../lib/domain/job/background-task.ts";
import { updateRegistry } from "../../lib/domain/registry/registry.ts";
import { idOf } from "../bad-input/stage.ts";
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

/** The person's vectors as the database has them: rotated under the registry's template key. */
async function storedVectors({ services }: Client): Promise<Uint8Array[]> {
  const { folder, registryId, speakers } = services;
  const uid = (await speakers.get(registryId, idOf(ID)))?.uid ?? "";
  const database = new DatabaseSync(join(folder, "voiceroll.db"), { readOnly: true });
  const rows = (sql: string) => database.prepare(sql).all(uid) as { vector: Uint8Array }[];
  const found = [
    ...rows("SELECT embedding AS vector FROM clips WHERE uid = ?"),
    ...rows("SELECT sum AS vector FROM speakers WHERE uid = ?"),
  ];
  database.close();
  expect(found).toHaveLength(6);
  return found.map(({ vector }) => vector);
}

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
    const { folder } = c.services;
    const find = traceFinder([...texts, ...AUDIO], [...voices, ...(await storedVectors(c))]);
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
