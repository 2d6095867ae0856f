import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
/** As functions/local.ts begins, but then only a thread is started. */
const START = `
require("./functions/start/compile-cache.ts").keepCompiledCode(process.env);
new (require("node:worker_threads").Worker)(
  'console.log(require("node:module").getCompileCacheDir() ?? "none")', { eval: true });
`;

function folder(mode: number): string {
  const path = mkdtempSync(join(tmpdir(), "voiceroll-compile-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  chmodSync(path, mode);
  return path;
}

const cacheOf = (env: Record<string, string>) =>
  execFileSync(process.execPath, ["-e", START], { cwd: ROOT, env, encoding: "utf8" }).trim();

test("threads of a server keep compiled code in its data folder", () => {
  const data = folder(0o700);
  expect(cacheOf({ VOICEROLL_DATA: data })).toContain(join(data, "compile-cache"));
  expect(readdirSync(data)).toEqual(["compile-cache"]);
});

test("code is neither kept in nor run from a folder in which others can write, and no folder is made for it", () => {
  for (const mode of [0o777, 0o770]) {
    const data = folder(mode);
    expect(cacheOf({ VOICEROLL_DATA: data })).toBe("none");
    expect(readdirSync(data)).toEqual([]);
  }
  expect(cacheOf({ VOICEROLL_DATA: join(folder(0o700), "absent") })).toBe("none");
});

test("Node's own variables come first", () => {
  const [data, own] = [folder(0o700), folder(0o700)];
  expect(cacheOf({ VOICEROLL_DATA: data, NODE_COMPILE_CACHE: own })).toContain(own);
  expect(cacheOf({ VOICEROLL_DATA: data, NODE_DISABLE_COMPILE_CACHE: "1" })).toBe("none");
  expect(readdirSync(data)).toEqual([]);
});
