import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export const ROOT = join(import.meta.dirname, "../..");
export type Ran = { code: number | null; stdout: string; stderr: string };

/** The real command in its own process, in the checkout's root; no VOICEROLL_ variable of the caller's is passed on. */
export function run(...args: string[]): Promise<Ran> {
  return runNode([join(ROOT, "cli/voiceroll.ts"), ...args]);
}

export function runNode(args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const env = { ...cleanEnvironment(), ...more };
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    output.stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...output }));
  });
}

export const cleanEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VOICEROLL_|NODE_OPTIONS$|VITEST)/.test(name)),
  );

/** Removed when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "voiceroll-cli-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
