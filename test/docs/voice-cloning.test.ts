import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../cli/run.ts";
import { ROOT, startProcess } from "../functions/process.ts";

const page = readFileSync(join(ROOT, "docs/voice-cloning.md"), "utf8");

test("the page's commands accept two recordings of the person, and reject one of somebody else", async () => {
  const folder = temporaryFolder();
  await mkdir(join(folder, "data"), { mode: 0o700 });
  await symlink(join(ROOT, "samples"), join(folder, "samples"));
  const server = await startProcess("functions/local.ts", { VOICEROLL_DATA: join(folder, "data") });
  onTestFinished(() => void server.child.kill("SIGKILL"));
  const [, commands = ""] = /```sh\n([\s\S]*?)```/.exec(page) ?? [];
  const pasted = commands.replace("http://127.0.0.1:7999", server.url);
  const { stdout } = await promisify(execFile)("bash", ["--norc", "-c", pasted], { cwd: folder });
  const replies = stdout.split(/(?<=\})(?=\{)/).map((text) => JSON.parse(text));
  expect(replies.map(({ decision }) => decision)).toEqual(["accept", "accept", "reject"]);
  for (const reply of replies) {
    expect(reply.threshold.far).toBe(0.01);
    expect(reply.threshold.frr).toBeGreaterThan(0);
    expect(reply.warnings).toContain("thresholds-not-of-your-voices");
  }
}, 60_000);
