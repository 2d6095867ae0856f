import { mkdtemp, readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ROOT, type ServerProcess, startProcess } from "./process.ts";

type Send = (path: string, clip?: string) => Promise<Response>;

async function start(): Promise<{ server: ServerProcess; send: Send; key: string }> {
  const data = await mkdtemp(join(tmpdir(), "voiceroll-overload-"));
  const env = { VOICEROLL_DATA: data, MAX_CONNECTIONS_PER_ADDRESS: "1000" };
  const server = await startProcess("functions/local.ts", env);
  onTestFinished(async () => {
    server.child.kill("SIGKILL");
    await rm(data, { recursive: true, force: true });
  });
  const key = (await readFile(join(data, "api-key"), "utf8")).trim();
  const send: Send = async (path, clip) =>
    fetch(server.url + path, {
      method: clip ? "POST" : "GET",
      headers: { Authorization: `Bearer ${key}`, ...(clip ? { "Content-Type": "audio/wav" } : {}) },
      ...(clip ? { body: new Uint8Array(await readFile(join(ROOT, clip))) } : {}),
    });
  expect((await send("/speakers/awb/enroll", "samples/awb/1.wav")).status).toBe(201);
  return { server, send, key };
}

const verify = (send: Send) => send("/verify?speaker=awb", "samples/awb/2.wav");
const statusOf = async (reply: Promise<Response>) => {
  const { status, headers, body } = await reply;
  await body?.cancel();
  return { status, retryAfter: headers.get("Retry-After") };
};

test("a flood of readiness checks runs the model once and doesn't delay a verification", async () => {
  const { send } = await start();
  const flood = Array.from({ length: 500 }, () => statusOf(send("/ready")));
  expect((await statusOf(verify(send))).status).toBe(200);
  expect(new Set((await Promise.all(flood)).map(({ status }) => status))).toEqual(new Set([200]));
});

test("beyond its capacity, a server answers accepted requests and rejects others with Retry-After", async () => {
  const { send } = await start();
  const replies = await Promise.all(Array.from({ length: 150 }, () => statusOf(verify(send))));
  const answered = replies.filter(({ status }) => status === 200);
  const refused = replies.filter(({ status }) => status === 503);
  expect(answered.length + refused.length).toBe(150);
  expect(answered.length).toBeGreaterThanOrEqual(32);
  expect(refused.length).toBeGreaterThan(0);
  expect(new Set(refused.map(({ retryAfter }) => retryAfter))).toEqual(new Set(["1"]));
  expect((await statusOf(verify(send))).status).toBe(200);
});

test("as many parallel requests as one address may have connections are all answered", async () => {
  const { send } = await start();
  const clips = Array.from({ length: 32 }, (_, i) => `samples/${["awb", "kal", "rms", "slt"][i % 4]}/2.wav`);
  const replies = await Promise.all(clips.map((clip, i) => send(`/speakers/s${i}/enroll`, clip)));
  expect(replies.map(({ status }) => status)).toEqual(clips.map(() => 201));
  // Longer than the 60 s of common load balancers, which would otherwise meet closed connections.
  expect(replies[0].headers.get("Keep-Alive")).toBe("timeout=65");
});

test("clients that disconnect in the middle of their body free their places", async () => {
  const { server, send, key } = await start();
  const port = Number(new URL(server.url).port);
  for (let i = 0; i < 40; i++) {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    const head = [
      "POST /verify?speaker=awb HTTP/1.1",
      "Host: x",
      `Authorization: Bearer ${key}`,
      "Content-Type: audio/wav",
      "Content-Length: 100000",
    ];
    socket.write(`${head.join("\r\n")}\r\n\r\n${"x".repeat(50_000)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.destroy();
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect((await statusOf(verify(send))).status).toBe(200);
});
