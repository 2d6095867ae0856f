import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ROOT, startProcess } from "./process.ts";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "voiceroll-signals-"));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => probe.once("listening", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

const answers = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/health`).then(
    (reply) => reply.text().then(() => true),
    () => false,
  );

async function until(expected: boolean, port: number, seconds: number): Promise<boolean> {
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    if ((await answers(port)) === expected) return true;
    await pause(100);
  }
  return false;
}

/** Stops the processes of a failed test. They all run in the process group of `child`. */
function endGroup(child: ChildProcess): void {
  try {
    if (child.pid) process.kill(-child.pid, "SIGKILL");
  } catch {
    // The whole group has ended.
  }
}

for (const [command, ...args] of [
  ["npm", "start"],
  ["npx", "voiceroll", "serve"],
] as const) {
  test(`SIGTERM to \`${[command, ...args].join(" ")}\` stops the server; PORT and HOST are honored`, async () => {
    const port = await freePort();
    const env = { ...process.env, VOICEROLL_DATA: await folder(), PORT: String(port), HOST: "127.0.0.1" };
    const child = spawn(command, args, { cwd: ROOT, env, stdio: "ignore", detached: true });
    onTestFinished(() => endGroup(child));
    expect(await until(true, port, 40)).toBe(true);
    child.kill("SIGTERM");
    expect(await until(false, port, 15)).toBe(true);
  });
}

test("a stopping server doesn't wait for a silent or a half-sent request", async () => {
  const server = await startProcess("functions/local.ts", { VOICEROLL_DATA: await folder() });
  onTestFinished(() => void server.child.kill("SIGKILL"));
  const port = Number(new URL(server.url).port);
  const sockets = [connect(port, "127.0.0.1"), connect(port, "127.0.0.1")];
  for (const socket of sockets) socket.on("error", () => undefined);
  sockets[1].write("POST /verify HTTP/1.1\r\nHost: x\r\nContent-Le");
  await until(true, port, 5);
  const start = performance.now();
  server.child.kill("SIGTERM");
  expect(await server.ended).toBe(0);
  expect(performance.now() - start).toBeLessThan(14_000);
});
