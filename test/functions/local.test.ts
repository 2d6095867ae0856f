import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ROOT, type ServerProcess, startProcess } from "./process.ts";

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "voiceroll-local-"));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

async function start(env: Record<string, string>): Promise<ServerProcess> {
  const server = await startProcess("functions/local.ts", env);
  onTestFinished(() => void server.child.kill("SIGKILL"));
  while (!/identify\n.*\n/.test(server.output())) await new Promise((resolve) => setTimeout(resolve, 20));
  return server;
}

async function stop(server: ServerProcess): Promise<number | NodeJS.Signals | null> {
  server.child.kill("SIGTERM");
  return server.ended;
}

/**
 * Parses a printed curl command, so that the test needs no curl. Reads the file of `$(cat FILE)`.
 */
async function paste(line: string): Promise<Response> {
  const url = /curl -sS '([^']+)'/.exec(line)?.[1] ?? "";
  const file = /--data-binary @(\S+)$/.exec(line)?.[1] ?? "";
  const headers = await Promise.all(
    [...line.matchAll(/-H ['"]([^'":]+): ([^'"]+)['"]/g)].map(
      async ([, name, value]): Promise<[string, string]> => [name, await substituted(value)],
    ),
  );
  return fetch(url, { method: "POST", headers, body: new Uint8Array(await readFile(join(ROOT, file))) });
}

async function substituted(value: string): Promise<string> {
  const file = /\$\(cat (\S+)\)/.exec(value);
  return file ? value.replace(file[0], (await readFile(file[1], "utf8")).trim()) : value;
}

const linesOf = (server: ServerProcess) =>
  server
    .output()
    .split("\n")
    .filter((line) => line.startsWith("curl "));
const keyOf = (server: ServerProcess) => /vr_\w+/.exec(server.output())?.[0];

test("the printed commands work when pasted, at the first start and the next", async () => {
  const data = await folder();
  for (const _ of ["first", "next"]) {
    const server = await start({ VOICEROLL_DATA: data });
    const [enroll, verify, identify, ...more] = linesOf(server);
    expect(more).toEqual([]);
    expect([(await paste(enroll)).status, (await paste(enroll)).status]).toEqual([201, 201]);
    expect(await (await paste(verify)).json()).toMatchObject({ decision: "accept" });
    expect(await (await paste(identify)).json()).toMatchObject({ decision: "unknown", searched: 1 });
    expect(await stop(server)).toBe(0);
  }
});

test("only the first start prints the API key; later ones print the path of its private file", async () => {
  const data = await folder();
  const first = await start({ VOICEROLL_DATA: data });
  const key = keyOf(first);
  await stop(first);
  expect((await readFile(join(data, "api-key"), "utf8")).trim()).toBe(key);
  expect((await stat(join(data, "api-key"))).mode & 0o777).toBe(0o600);
  const next = await start({ VOICEROLL_DATA: data });
  expect(keyOf(next)).toBeUndefined();
  expect(next.output()).toContain(`The API key is in ${join(data, "api-key")}`);
  await stop(next);
});

test("a Node that can't run TypeScript prints one sentence that says what to do", () => {
  const old = ["--no-experimental-strip-types", "functions/local.ts"];
  const { status, stdout, stderr } = spawnSync(process.execPath, old, { cwd: ROOT, encoding: "utf8" });
  expect([status, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(
    /^voiceroll: This is Node v\S+, and Voiceroll needs 22\.18 or newer\. Run `npm start`.+\n$/,
  );
});

test("a lost secret stops the start with one sentence and creates no new secret", async () => {
  const data = await folder();
  await stop(await start({ VOICEROLL_DATA: data }));
  await rm(join(data, "secret.key"));
  await expect(startProcess("functions/local.ts", { VOICEROLL_DATA: data })).rejects.toThrow(
    `functions/local.ts ended with 1: voiceroll: ${join(data, "secret.key")} is missing. `,
  );
  expect(existsSync(join(data, "secret.key"))).toBe(false);
});

test("a port in use gives exit code 1 and one line that names the process using it", async () => {
  const first = await start({ VOICEROLL_DATA: await folder() });
  const port = new URL(first.url).port;
  const second = startProcess("functions/local.ts", { VOICEROLL_DATA: await folder(), PORT: port });
  await expect(second).rejects.toThrow(
    `functions/local.ts ended with 1: voiceroll: port ${port} is in use by process ${first.child.pid} (`,
  );
});

const pause = () => new Promise((resolve) => setTimeout(resolve, 5));
const health = (server: ServerProcess): Promise<boolean> =>
  fetch(`${server.url}/health`)
    .then((reply) => reply.text())
    .then(
      () => true,
      () => false,
    );

test("after SIGTERM, an accepted request ends normally and new connections are refused", async () => {
  const server = await start({ VOICEROLL_DATA: await folder() });
  const body = await readFile(join(ROOT, "samples/awb/1.wav"));
  const port = Number(new URL(server.url).port);
  const socket = connect(port, "127.0.0.1");
  let reply = "";
  const ended = new Promise<void>((resolve) => {
    socket.on("data", (chunk) => {
      reply += chunk;
    });
    socket.on("close", () => resolve());
  });
  socket.write(
    `POST /speakers/awb/enroll HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${keyOf(server)}\r\n` +
      `Content-Type: audio/wav\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`,
  );
  while (!reply.startsWith("HTTP/1.1 100")) await pause();
  // 100 Continue: the request has begun. A client with a busy connection must not keep the server
  // open.
  server.child.kill("SIGTERM");
  while (await health(server)) await pause();
  socket.write(body);
  await ended;
  expect(reply).toMatch(/HTTP\/1\.1 201/);
  expect(reply).toMatch(/\r\nconnection: close\r\n/i);
  expect(await server.ended).toBe(0);
});
