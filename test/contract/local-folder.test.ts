import { chmod, mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { localClips } from "../../lib/adapters/local/clips.ts";
import { localDocuments } from "../../lib/adapters/local/documents.ts";
import { localLimits } from "../../lib/adapters/local/limits.ts";
import { localSecret, rotateLocalSecret } from "../../lib/adapters/local/secret.ts";
import { localServices } from "../../lib/adapters/local/services.ts";
import { localSpeakers } from "../../lib/adapters/local/speakers.ts";
import { openDatabase } from "../../lib/adapters/local/sqlite.ts";
import { authenticate, issueKey } from "../../lib/domain/registry/key.ts";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import { fakeEmbedder } from "../support/fake-embedder.ts";
import { fakeClock, fakeModelData, seededRandom } from "../support/fake-world.ts";
import { aSpeaker, HERE, speakerId } from "./store.ts";

const UNAVAILABLE = { slug: "storage-unavailable" };

test("creates the secret once, readable only by its owner, and always reads the same", async () => {
  const folder = await temporaryFolder();
  const first = localSecret(folder, seededRandom("a"), false);
  expect(first).toHaveLength(32);
  expect(localSecret(folder, seededRandom("b"), true)).toEqual(first);
  expect((await stat(join(folder, "secret.key"))).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(["secret.key"]);
});

test("a new secret keeps what was made under the old ones, also after a second change", async () => {
  const folder = await temporaryFolder();
  const given = { ...fakeModelData(fakeEmbedder()), clock: fakeClock(), random: seededRandom() };
  const tokens: string[] = [];
  for (let i = 0; i < 3; i++) {
    const services = localServices(folder, given);
    const { registryId } = await ensureRegistry(services, "test");
    for (const token of tokens) expect((await authenticate(services, token)).registry.name).toBe("test");
    const { token } = await issueKey(services, { registryId, name: `key ${i}`, scopes: ["verify"] });
    tokens.push(token);
    await services.close();
    rotateLocalSecret(folder, seededRandom(`secret ${i}`));
  }
  const file = join(folder, "former-secrets.key");
  expect((await stat(file)).size).toBe(3 * 32);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await readdir(folder)).filter((name) => /secret/.test(name))).toEqual([
    "former-secrets.key",
    "secret.key",
  ]);
  // Without the former secrets, only the newest key would be valid.
  await rm(file);
  const services = localServices(folder, given);
  await expect(authenticate(services, tokens[0] ?? "")).rejects.toMatchObject({ slug: "unauthorized" });
  await services.close();
  await writeFile(file, "short");
  expect(() => localServices(folder, given)).toThrow(/former-secrets\.key is damaged: its 5 bytes/);
});

test("a damaged secret stops the start instead of invalidating every key", async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "secret.key"), "short");
  expect(() => localSecret(folder, seededRandom(), true)).toThrow(/5 bytes/);
});

test("a lost secret of a folder with records stops the start instead of being replaced", async () => {
  const folder = await temporaryFolder();
  const given = { ...fakeModelData(fakeEmbedder()), clock: fakeClock(), random: seededRandom() };
  const services = localServices(folder, given);
  await ensureRegistry(services, "test");
  await services.close();
  await rm(join(folder, "secret.key"));
  expect(() => localServices(folder, given)).toThrow(/secret\.key is missing/);
  expect(await readdir(folder)).not.toContain("secret.key");
});

test("rejects a folder of a newer program and does not change it", async () => {
  const folder = await temporaryFolder();
  openDatabase(folder).close();
  const database = new DatabaseSync(join(folder, "voiceroll.db"));
  database.exec("PRAGMA user_version = 99");
  database.close();
  expect(() => openDatabase(folder)).toThrow(/version 99/);
});

test("a folder from before documents had subjects is opened and keeps its documents", async () => {
  const folder = await temporaryFolder();
  const old = openDatabase(folder);
  old.exec(
    `DROP INDEX documents_by_subject;
     ALTER TABLE documents DROP COLUMN subject;
     INSERT INTO documents(kind, owner, id, version, body) VALUES ('group', 'reg_here', 'staff', 1, '{}');
     PRAGMA user_version = 10`,
  );
  old.close();
  const database = openDatabase(folder);
  const documents = localDocuments(database, fakeClock());
  expect(await documents.get({ kind: "group", owner: "reg_here", id: "staff" })).toMatchObject({
    version: 1,
  });
  await documents.put({
    kind: "decision",
    owner: "reg_here",
    id: "dec_a",
    version: 1,
    body: {},
    at: 1,
    subject: "spk_a",
  });
  expect(await documents.newest({ kind: "decision", owner: "reg_here", subject: "spk_a" }, 2)).toHaveLength(
    1,
  );
  database.close();
});

test("a store that another process keeps locked is storage-unavailable, and the event loop stays free", async () => {
  const folder = await temporaryFolder();
  const [holder, waiter] = [openDatabase(folder), openDatabase(folder)];
  holder.exec("BEGIN IMMEDIATE");
  let turns = 0;
  const timer = setInterval(() => turns++, 10);
  await expect(localSpeakers(waiter).put(aSpeaker("ann"))).rejects.toMatchObject(UNAVAILABLE);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(20);
  holder.exec("ROLLBACK");
  await localSpeakers(waiter).put(aSpeaker("ann"));
  for (const database of [holder, waiter]) database.close();
}, 30_000);

test("a write waits until another process releases the store", async () => {
  const folder = await temporaryFolder();
  const [holder, waiter] = [openDatabase(folder), openDatabase(folder)];
  holder.exec("BEGIN IMMEDIATE");
  const write = localSpeakers(waiter).put(aSpeaker("ann"));
  await new Promise(setImmediate);
  expect(await localSpeakers(waiter).get(HERE, speakerId("ann"))).toBeUndefined();
  holder.exec("ROLLBACK");
  await write;
  expect(await localSpeakers(waiter).get(HERE, speakerId("ann"))).toBeDefined();
  for (const database of [holder, waiter]) database.close();
});

test("a full store rejects the whole commit, and accepts it when there is room", async () => {
  const folder = await temporaryFolder();
  const database = openDatabase(folder);
  const { page_count: pages } = database.prepare("PRAGMA page_count").get() as { page_count: number };
  database.exec(`PRAGMA max_page_count = ${pages}`);
  const speakers = localSpeakers(database);
  const large = aSpeaker("ann", { name: "x".repeat(50_000) });
  await expect(speakers.put(large)).rejects.toMatchObject(UNAVAILABLE);
  expect(await speakers.get(HERE, speakerId("ann"))).toBeUndefined();
  database.exec("PRAGMA max_page_count = 100000");
  await speakers.put(large);
  database.close();
});

test("a clock that is set neither frees nor exhausts a quota", async () => {
  const database = openDatabase(await temporaryFolder());
  const clock = fakeClock();
  const limits = localLimits(database, clock);
  expect(await limits.admit(HERE, "r", 1)).toMatchObject({ admitted: true });
  for (const seconds of [3600, -7200]) {
    clock.jump(seconds);
    expect(await limits.admit(HERE, "r", 1)).toMatchObject({ admitted: false });
  }
  clock.advance(60);
  expect(await limits.admit(HERE, "r", 1)).toMatchObject({ admitted: true });
  database.close();
});

test("a read-only store still reads", async () => {
  const folder = await temporaryFolder();
  const database = openDatabase(folder);
  await localSpeakers(database).put(aSpeaker("ann"));
  database.exec("PRAGMA query_only = ON");
  const limits = localLimits(database, fakeClock());
  await expect(limits.add(HERE, "c", 60)).rejects.toMatchObject(UNAVAILABLE);
  expect(await localSpeakers(database).get(HERE, speakerId("ann"))).toBeDefined();
  database.close();
});

test("fails without side effects if the storage path is not a folder", async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "audio"));
  await writeFile(join(folder, "audio", "writing"), "not a folder");
  await expect(
    localClips(folder, seededRandom()).put(HERE, "spk_a", "clp_a", new Uint8Array(3)),
  ).rejects.toThrow();
  expect(await localClips(folder, seededRandom()).list(HERE)).toEqual([]);
});

test("only IDs of this service become paths", async () => {
  const folder = await temporaryFolder();
  const clips = localClips(folder, seededRandom());
  for (const id of ["clp_../../x", "clp_", "clp_A", "../x"] as `clp_${string}`[]) {
    await expect(clips.put(HERE, "spk_a", id, new Uint8Array(1))).rejects.toThrow(RangeError);
    await expect(clips.get(HERE, "spk_a", id)).rejects.toThrow(RangeError);
  }
});

test("writes that race an erasure leave no unfinished files", async () => {
  const folder = await temporaryFolder();
  const clips = localClips(folder, seededRandom());
  await Promise.all(
    Array.from({ length: 60 }, (_, i) =>
      i % 3 === 2
        ? clips.removeSpeaker(HERE, "spk_ann")
        : clips.put(HERE, "spk_ann", `clp_${i}`, new Uint8Array(100)),
    ),
  );
  expect(await readdir(join(folder, "audio", "writing"))).toEqual([]);
});

test("deletes the unfinished files of killed writers after an hour, and keeps younger ones", async () => {
  const folder = await temporaryFolder();
  const writing = join(folder, "audio", "writing");
  await mkdir(writing, { recursive: true });
  const clock = fakeClock();
  for (const [name, age] of [
    ["stale", 3601],
    ["live", 3599],
  ] as const) {
    await writeFile(join(writing, name), "half");
    const at = new Date(clock.now().getTime() - age * 1000);
    await utimes(join(writing, name), at, at);
  }
  await localServices(folder, { ...fakeModelData(fakeEmbedder()), clock, random: seededRandom() }).close();
  expect(await readdir(writing)).toEqual(["live"]);
});

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

test("other users cannot read the folder or the database", async () => {
  const folder = join(await temporaryFolder(), "made", "here");
  const database = openDatabase(folder);
  await localSpeakers(database).put(aSpeaker("ann"));
  expect(await modeOf(folder)).toBe(0o700);
  for (const name of await readdir(folder))
    expect([name, await modeOf(join(folder, name))]).toEqual([name, 0o600]);
  database.close();
});

test("makes a folder and database private that an earlier umask left open", async () => {
  const folder = await temporaryFolder();
  openDatabase(folder).close();
  await chmod(folder, 0o755);
  await chmod(join(folder, "voiceroll.db"), 0o644);
  openDatabase(folder, fail).close();
  expect([await modeOf(folder), await modeOf(join(folder, "voiceroll.db"))]).toEqual([0o700, 0o600]);
});

test("warns about an open folder with other people's files, and leaves its mode alone", async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "notes.txt"), "other");
  await chmod(folder, 0o755);
  const warnings: string[] = [];
  openDatabase(folder, (message) => warnings.push(message)).close();
  expect(warnings).toEqual([expect.stringContaining(`Other users can open ${folder}.`)]);
  expect([await modeOf(folder), await modeOf(join(folder, "voiceroll.db"))]).toEqual([0o755, 0o600]);
});

function fail(message: string): never {
  throw new RangeError(message);
}

test("overwrites erased voiceprints in the database's free pages", async () => {
  const folder = await temporaryFolder();
  const database = openDatabase(folder);
  expect(database.prepare("PRAGMA secure_delete").get()).toEqual({ secure_delete: 1 });
  expect(database.prepare("PRAGMA synchronous").get()).toEqual({ synchronous: 2 });
  expect(database.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
  database.close();
});

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "voiceroll-local-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
