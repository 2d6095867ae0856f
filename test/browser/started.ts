import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type ServerProcess, startProcess } from "../functions/process.ts";

/** Starts the real server with an empty data folder, and ends it after the test. */
export async function started(settings: Record<string, string> = {}): Promise<ServerProcess> {
  const data = await mkdtemp(join(tmpdir(), "voiceroll-browser-"));
  const server = await startProcess("functions/local.ts", { VOICEROLL_DATA: data, ...settings });
  onTestFinished(async () => {
    server.child.kill("SIGKILL");
    await rm(data, { recursive: true, force: true });
  });
  while (!/identify\n.*\n/.test(server.output())) await new Promise((resolve) => setTimeout(resolve, 20));
  return server;
}

/** The key that the first start prints. */
export const keyOf = (server: ServerProcess): string => /vr_\w+/.exec(server.output())?.[0] ?? "";
