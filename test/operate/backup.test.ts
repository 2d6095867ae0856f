import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { backUp } from "../../lib/adapters/local/backup.ts";
import { fsck } from "../../lib/domain/maintenance/fsck.ts";
import { run, temporaryFolder } from "../cli/run.ts";
import { bytesOf, clientOf, wav } from "../functions/client.ts";
import { openTestServices } from "../support/services.ts";

/** Opens services on a folder until the test ends. */
async function opened(folder: string) {
  const services = await openTestServices({ folder, store: "local" });
  onTestFinished(() => services.close());
  return services;
}

test("a backup during enrollments and erasures lacks nothing of a speaker that still exists", async () => {
  const [folder, copy] = [temporaryFolder(), join(temporaryFolder(), "copy")];
  const { enroll, call, key } = await clientOf(await opened(folder));
  expect((await enroll("first", "1", "2")).status).toBe(201);
  let writing = true;
  const writer = async (name: string) => {
    for (let n = 0; writing; n++) {
      await enroll(`${name}${n}`, "1", "2");
      if (n % 3 === 2) await call("DELETE", `/speakers/${name}${n - 1}`);
    }
    return name;
  };
  const writers = ["ann", "bob"].map(writer);
  while ((await call("GET", "/speakers/ann2")).status !== 200)
    await new Promise((next) => setTimeout(next, 20));
  const { files } = await backUp(folder, copy);
  writing = false;
  await Promise.all(writers);
  expect(files).toBeGreaterThan(5);

  const restored = await opened(copy);
  const report = await fsck(restored, { repair: true });
  // An enrollment or erasure at work may leave clips without a speaker: fsck removes them.
  const lacking = report.findings.filter(({ kind }) => !kind.startsWith("orphan-"));
  // A speaker that was erased between the copy of the database and that of its recordings.
  const gone = await Promise.all(
    lacking.map(async ({ kind, speakerId }) => [kind, (await call("GET", `/speakers/${speakerId}`)).status]),
  );
  expect(gone).toEqual(gone.map(() => ["missing-audio", 404]));
  expect((await fsck(restored)).findings.map(({ kind }) => kind)).toEqual(lacking.map(({ kind }) => kind));
  expect(report.speakers).toBeGreaterThan(3);
  const again = await clientOf(restored, { key });
  const probe = { headers: wav, body: bytesOf("voice=first take=3") };
  expect((await again.call("POST", "/verify?speaker=first", probe)).body.decision).toBe("accept");
});

test("voiceroll backup copies the folder with the secret, privately, and never over another one", async () => {
  const [folder, copy] = [temporaryFolder(), join(temporaryFolder(), "copy")];
  expect((await run("keys", "create", "--data", folder)).code).toBe(0);
  const { code, stdout } = await run("backup", copy, "--data", folder);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^3 files, \d+\.\d MB in /)]);
  expect((await stat(copy)).mode & 0o777).toBe(0o700);
  expect((await stat(join(copy, "voiceroll.db"))).mode & 0o777).toBe(0o600);
  expect((await run("keys", "list", "--data", copy)).code).toBe(0);
  const second = await run("backup", copy, "--data", folder);
  expect([second.code, second.stderr]).toEqual([2, expect.stringContaining("exists. Name a folder")]);
  const none = await run("backup", `${copy}2`, "--data", join(folder, "none"));
  expect([none.code, existsSync(`${copy}2`)]).toEqual([2, false]);
});
