import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { importRegistry } from "../../lib/transfer/import-registry.ts";
import { enrollTakes } from "../domain/asking.ts";
import { exported } from "../domain/transfer.ts";
import { openTestServices } from "../support/services.ts";
import { cleanEnvironment, ROOT, run, temporaryFolder } from "./run.ts";

const bodyOf = (text: string) => text.split("\n").slice(0, -2).join("\n");
const clips = (voice: string) => [1, 2, 3, 4].map((n) => `samples/${voice}/${n}.wav`);

/** Runs the command with `input` on stdin. */
function piped(input: string, ...args: string[]) {
  const child = spawn(process.execPath, [join(ROOT, "cli/voiceroll.ts"), ...args], {
    cwd: ROOT,
    env: cleanEnvironment(),
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => (output.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (output.stderr += text));
  child.stdin.on("error", () => undefined).end(input);
  return new Promise<{ code: number | null } & typeof output>((resolve) =>
    child.on("close", (code) => resolve({ code, ...output })),
  );
}

test("an export imports into an empty folder and exports again unchanged, through files and pipes", async () => {
  const folder = temporaryFolder();
  const [a, b, file] = [join(folder, "a"), join(folder, "b"), join(folder, "out.jsonl")];
  await run("--data", a, "enroll", "awb", ...clips("awb"), "--name", "Alan");
  await run("--data", a, "enroll", "slt", ...clips("slt"));
  const out = await run("--data", a, "export", "--plain-templates", "--audio", "--out", file);
  expect([out.code, out.stdout]).toEqual([0, ""]);
  expect(out.stderr).toMatch(/It contains biometric data, but no API keys or decisions/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder).filter((name) => name.includes("partial"))).toEqual([]);

  const dry = await run("--data", b, "import", file, "--dry-run");
  expect([dry.code, dry.stdout]).toEqual([0, expect.stringMatching(/speaker +2 +0 +0 +0 +0\n/)]);
  expect((await run("--data", b, "import", file)).code).toBe(0);
  const back = await run("--data", b, "export", "--plain-templates", "--audio");
  expect(bodyOf(back.stdout)).toBe(bodyOf(readFileSync(file, "utf8")));

  const again = await piped(back.stdout, "--data", b, "import", "-", "--json");
  expect([again.code, JSON.parse(again.stdout).speaker.unchanged]).toEqual([0, 2]);
  const score = async (data: string) => {
    const { stdout } = await run("--data", data, "verify", "awb", "samples/awb/5.wav", "--json");
    return JSON.parse(stdout).score;
  };
  expect(await score(b)).toEqual(await score(a));
  expect((await run("--data", b, "fsck")).stdout).toBe("2 speakers, 8 clips, all consistent\n");
});

test("import rejects a file that is no export with exit code 2 and one line", async () => {
  const folder = temporaryFolder();
  const file = (name: string, content: string | Uint8Array) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const wrong = [
    [file("empty", ""), /the file is empty/],
    [file("junk", createHash("sha512").update("junk").digest()), /is not UTF-8 text/],
    [file("zip", new Uint8Array([0x1f, 0x8b, 8, 0])), /zcat FILE \| voiceroll import -/],
    [file("list", "1 a.wav b.wav\n"), /Line 1 has no seal/],
    [folder, /it is a folder/],
    [join(folder, "none"), /there is no such file/],
  ] as const;
  for (const [path, why] of wrong) {
    const result = await run("--data", join(folder, "data"), "import", path);
    expect([path, result.code, result.stdout]).toEqual([path, 2, ""]);
    expect(result.stderr).toMatch(why);
    expect(result.stderr.trim().split("\n").at(-1)).toMatch(/^voiceroll: /);
  }
  const nowhere = await run("--data", join(folder, "data"), "export");
  expect([nowhere.code, nowhere.stderr]).toEqual([
    2,
    expect.stringMatching(/There is no registry "default"/),
  ]);
});

test("--schema prints the JSON Schema of every kind of line", async () => {
  const { stdout } = await run("export", "--schema");
  const schema = JSON.parse(stdout);
  const kinds = (schema.oneOf ?? schema.anyOf).map(
    (one: { properties: { kind: { const: string } } }) => one.properties.kind.const,
  );
  expect(kinds.sort()).toEqual(
    "active audio calibration candidate cohort end group header registry speaker".split(" "),
  );
});

test("an import that is killed and run again ends like an uninterrupted one", async () => {
  const from = await openTestServices();
  for (let i = 0; i < 40; i++) await enrollTakes(from, `speaker-${i}`, 2);
  const lines = await exported(from, true);
  await from.close();
  const folder = temporaryFolder();
  const [file, data] = [join(folder, "export.jsonl"), join(folder, "data")];
  writeFileSync(file, `${lines.join("\n")}\n`);
  let killed = 0;
  // A fast machine finishes earlier. The last round has no limit, so a slow one finishes too.
  for (const wait of [30, 90, 250, Number.POSITIVE_INFINITY]) {
    const child = spawn(process.execPath, [join(ROOT, "test/cli/import-child.ts"), data, file], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const closed = once(child, "close");
    // The process is now writing. Each round kills it at a different point.
    await once(child.stdout, "data");
    await Promise.race(Number.isFinite(wait) ? [closed, setTimeout(wait)] : [closed]);
    if (child.kill("SIGKILL")) killed += 1;
    await closed;
  }
  expect(killed).toBeGreaterThan(0);
  const to = await openTestServices({ folder: data });
  expect(bodyOf(`${(await exported(to, true)).join("\n")}\n`)).toBe(bodyOf(readFileSync(file, "utf8")));
  const again = await importRegistry(to, { registry: "test", open: () => read(lines) });
  expect(again.speaker).toMatchObject({ unchanged: 40, imported: 0, left: 0 });
  await to.close();
});

async function* read(lines: readonly string[]) {
  yield* lines;
}

test("export succeeds if its reader closes the pipe early, like head", async () => {
  const folder = temporaryFolder();
  const data = join(folder, "a");
  await run("--data", data, "enroll", "awb", ...clips("awb"));
  const child = spawn(
    process.execPath,
    [join(ROOT, "cli/voiceroll.ts"), "--data", data, "export", "--plain-templates", "--audio"],
    {
      cwd: ROOT,
      env: cleanEnvironment(),
      stdio: ["ignore", "pipe", "ignore"],
    },
  );
  child.stdout.once("data", () => child.stdout.destroy());
  expect(await new Promise((resolve) => child.on("close", resolve))).toBe(0);
});

test("imports embeddings from a pipe and lists them as clips without a recording", async () => {
  const data = join(temporaryFolder(), "data");
  const embedding = Array.from({ length: 192 }, (_, i) => Math.sin(i * i));
  const line = { kind: "embedding", speaker: "alice", model: "ecapa-c256", embedding, speechSeconds: 6.2 };
  const imported = await piped(`${JSON.stringify(line)}\n`, "--data", data, "import", "-", "--embeddings");
  expect([imported.code, imported.stdout]).toEqual([
    0,
    expect.stringMatching(/^1 clips of 1 speakers enrolled/),
  ]);
  expect((await run("--data", data, "speakers", "clips", "alice")).stdout).toMatch(/6\.2 s .* none/);
  expect((await run("--data", data, "fsck")).stdout).toBe("1 speakers, 1 clips, all consistent\n");
  const wrong = await piped("{\n", "--data", data, "import", "-", "--embeddings");
  expect([wrong.code, wrong.stderr]).toEqual([
    2,
    expect.stringMatching(/voiceroll: Line 1: the line is not JSON/),
  ]);
});

test("an export of voiceprints without their template key asks first", async () => {
  const data = join(temporaryFolder(), "data");
  await run("--data", data, "enroll", "awb", ...clips("awb"));
  const asked = await run("--data", data, "export");
  expect([asked.code, asked.stdout]).toEqual([2, ""]);
  expect(asked.stderr).toMatch(/Add --plain-templates if you want that/);
});

test("registry rekey renews the voiceprints, says so in the audit log, and the voice is still accepted", async () => {
  const data = join(temporaryFolder(), "data");
  await run("--data", data, "enroll", "awb", ...clips("awb"));
  const renewed = await run("--data", data, "registry", "rekey");
  expect([renewed.code, renewed.stdout]).toEqual([
    0,
    "1 speakers and 0 cohorts renewed; the former template key is deleted\n",
  ]);
  expect(readdirSync(join(data, "template-keys"))).toEqual([expect.stringMatching(/^reg_\w+\.2\.key$/)]);
  expect((await run("--data", data, "audit", "list")).stdout).toMatch(/rekey/);
  expect((await run("--data", data, "verify", "awb", "samples/awb/5.wav")).code).toBe(0);
});
