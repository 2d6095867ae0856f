import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { localSpeakers } from "../../lib/adapters/local/speakers.ts";
import { openDatabase } from "../../lib/adapters/local/sqlite.ts";
import { emptyLog, emptyLogRegularly } from "../../lib/adapters/local/write-ahead-log.ts";
import { aSpeaker, HERE, speakerId } from "../contract/store.ts";

async function openFolder() {
  const folder = await mkdtemp(join(tmpdir(), "voiceroll-log-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const log = join(folder, "voiceroll.db-wal");
  const open = () => {
    const database = openDatabase(folder);
    onTestFinished(() => database.close());
    return database;
  };
  return { folder, open, log, size: async () => (await stat(log)).size };
}

test("the log is emptied within a minute, so that it keeps no erased name", async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { folder, open, log, size } = await openFolder();
  const [server, command] = [open(), open()];
  const stop = emptyLogRegularly(server, folder);
  await localSpeakers(command).put(aSpeaker("ann", { name: "Ann Example" }));
  await localSpeakers(command).remove(HERE, speakerId("ann"));
  expect((await readFile(log)).includes("Ann Example")).toBe(true);
  vi.advanceTimersByTime(60_000);
  expect(await size()).toBe(0);
  expect((await readFile(join(folder, "voiceroll.db"))).includes("Ann Example")).toBe(false);
  stop();
  await localSpeakers(command).put(aSpeaker("bob"));
  vi.advanceTimersByTime(60_000);
  expect(await size()).toBeGreaterThan(0);
});

test("a reader delays emptying the log without blocking the event loop, and is not disturbed", async () => {
  const { open, size } = await openFolder();
  const [one, other] = [open(), open()];
  await localSpeakers(one).put(aSpeaker("ann"));
  const count = () => other.prepare("SELECT count(*) AS n FROM speakers").get();
  other.exec("BEGIN");
  expect(count()).toEqual({ n: 1 });
  await localSpeakers(one).put(aSpeaker("bob"));
  expect(emptyLog(one)).toBe(false);
  expect(count()).toEqual({ n: 1 });
  other.exec("COMMIT");
  expect(emptyLog(one)).toBe(true);
  expect(await size()).toBe(0);
  expect(count()).toEqual({ n: 2 });
  expect(one.prepare("PRAGMA busy_timeout").get()).toEqual({ timeout: 0 });
});
