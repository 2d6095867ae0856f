/**
 * `npm run bench:stream`: streams at real time to a server on one core, and how long after the
 * audio its events come. Prints a JSON line. Options: --streams N (30), --seconds S (30).
 *
 * Each stream verifies a speaker on samples of four voices, in turns of two sentences with a pause
 * of a second. The latency of a look is the time from when its last audio was due to when its event
 * arrived; that of a decision is counted from the event that the turn has ended.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { WebSocket } from "ws";
import type { StreamEvent } from "../lib/schema/stream.ts";
import { machine } from "./measure.ts";

const ROOT = join(import.meta.dirname, "..");
const SAMPLES = join(ROOT, "samples");
const WAV_HEADER = 44;
const BYTES_PER_SECOND = 32_000;
const CHUNK_MS = 100;
const TICKS_PER_SECOND = 100;

const { values } = parseArgs({
  options: { streams: { type: "string", default: "30" }, seconds: { type: "string", default: "30" } },
});
const [streams, seconds] = [Number(values.streams), Number(values.seconds)];

const folder = await mkdtemp(join(tmpdir(), "voiceroll-stream-"));
const server = await start(folder);
try {
  const key = (await readFile(join(folder, "api-key"), "utf8")).trim();
  const voices = (await readdir(SAMPLES, { withFileTypes: true })).flatMap((one) =>
    one.isDirectory() ? one.name : [],
  );
  for (const voice of voices) for (const take of [1, 2, 3]) await enroll(server.url, key, voice, take);
  const audio = await Promise.all(voices.map(turnsOf));
  // Compiles what the first streams would otherwise wait for.
  await stream(server.url, key, { voice: voices[0], audio: audio[0], seconds: 6 });
  const before = await cpuSeconds(server.child);
  const begun = performance.now();
  const measured = await Promise.all(
    Array.from({ length: streams }, async (_, i) => {
      const voice = i % voices.length;
      await setTimeout((i * 1000) / streams);
      return stream(server.url, key, {
        voice: voices[voice],
        audio: audio[(voice + (i % 3 === 0 ? 1 : 0)) % voices.length],
        seconds,
      });
    }),
  );
  const wall = (performance.now() - begun) / 1000;
  const cpu = (await cpuSeconds(server.child)) - before;
  const looks = measured.flatMap((one) => one.looks);
  const decisions = measured.flatMap((one) => one.decisions);
  const sum = (of: "errors" | "lost") => measured.reduce((total, one) => total + one[of], 0);
  console.log(
    JSON.stringify({
      ...{ what: "streams", streams, seconds, machine: machine() },
      look: { count: looks.length, p50: percentile(looks, 0.5), p95: percentile(looks, 0.95) },
      decision: {
        count: decisions.length,
        p50: percentile(decisions, 0.5),
        p95: percentile(decisions, 0.95),
      },
      cpuPerSecond: Math.round((100 * cpu) / wall) / 100,
      residentMb: Math.round((await residentKb(server.child)) / 1024),
      ...{ errors: sum("errors"), lost: sum("lost") },
    }),
  );
} finally {
  server.child.kill();
  await rm(folder, { recursive: true, force: true });
}

/** Starts a server that has one core. */
async function start(data: string): Promise<{ url: string; child: ChildProcess }> {
  const args = ["-c", "0", process.execPath, join(ROOT, "functions/local.ts")];
  const env = {
    ...process.env,
    VOICEROLL_DATA: data,
    PORT: "0",
    HOST: "127.0.0.1",
    MAX_CONNECTIONS_PER_ADDRESS: "100",
  };
  const child = spawn("taskset", args, { env, stdio: ["ignore", "ignore", "pipe"] });
  const url = await new Promise<string>((resolve, reject) => {
    let text = "";
    child.stderr?.on("data", (chunk) => {
      text += chunk;
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0];
      if (found) resolve(found);
    });
    child.on("exit", () => reject(new Error(text)));
  });
  return { url, child };
}

async function enroll(url: string, key: string, voice: string, take: number): Promise<void> {
  const reply = await fetch(`${url}/speakers/${voice}/enroll`, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "audio/wav" },
    body: await readFile(join(SAMPLES, voice, `${take}.wav`)),
  });
  if (!reply.ok) throw new Error(await reply.text());
}

/** Two sentences without a pause between them, and a second of room noise. */
async function turnsOf(voice: string): Promise<Buffer> {
  const files = await Promise.all(
    [4, 5].map((take) => readFile(join(SAMPLES, voice, `${take}.wav`)).catch(() => Buffer.alloc(WAV_HEADER))),
  );
  const noise = Int16Array.from({ length: 16_000 }, (_, i) => ((i * 7919) % 13) - 6);
  return Buffer.concat([...files.map((file) => file.subarray(WAV_HEADER)), Buffer.from(noise.buffer)]);
}

async function stream(
  url: string,
  key: string,
  given: { voice: string; audio: Buffer; seconds: number },
): Promise<{ looks: number[]; decisions: number[]; errors: number; lost: number }> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/stream`, {
    headers: { Authorization: `Bearer ${key}` },
  });
  const result = { looks: [] as number[], decisions: [] as number[], errors: 0, lost: 0 };
  let begun = 0;
  let ended = 0;
  socket.on("message", (data) => {
    const now = performance.now();
    const event: StreamEvent = JSON.parse(String(data));
    if (event.type === "error") result.errors += 1;
    if (event.type === "lost") result.lost += event.events;
    if (event.type === "speech" && event.state === "end") ended = now;
    if (event.type !== "speaker") return;
    if (event.final) result.decisions.push(now - ended);
    else result.looks.push(now - begun - 1000 * event.at);
  });
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  socket.send(JSON.stringify({ type: "start", mode: "verify", speaker: given.voice }));
  await new Promise((resolve) => socket.once("message", resolve));
  begun = performance.now();
  const chunk = (BYTES_PER_SECOND * CHUNK_MS) / 1000;
  for (let i = 0; i < (given.seconds * 1000) / CHUNK_MS; i++) {
    await setTimeout(Math.max(0, begun + (i + 1) * CHUNK_MS - performance.now()));
    const at = (i * chunk) % (given.audio.length - chunk);
    socket.send(given.audio.subarray(at, at + chunk));
  }
  socket.send('{"type": "end"}');
  await new Promise((resolve) => socket.once("close", resolve));
  return result;
}

function percentile(all: readonly number[], share: number): number {
  const sorted = [...all].sort((a, b) => a - b);
  return Math.round(sorted[Math.floor(share * sorted.length)] ?? Number.NaN);
}

async function cpuSeconds({ pid }: ChildProcess): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

async function residentKb({ pid }: ChildProcess): Promise<number> {
  return Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1]);
}
