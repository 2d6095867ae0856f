import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export const ROOT = join(import.meta.dirname, "../..");
type Result = { code: number | null; stdout: string; stderr: string };

/**
 * Runs the command in its own process from the checkout's root, without the caller's VOICEROLL_
 * variables.
 */
export function run(...args: string[]): Promise<Result> {
  return runNode([join(ROOT, "cli/voiceroll.ts"), ...args]);
}

export function runNode(args: readonly string[], extraEnvironment: NodeJS.ProcessEnv = {}): Promise<Result> {
  const env = { ...cleanEnvironment(), ...extraEnvironment };
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

/** Returns a new folder that is removed when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "voiceroll-cli-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
