import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wavOf } from "../models/build/wav.ts";
import { percentile } from "../test/support/percentile.ts";
import { print, timed } from "./measure.ts";

const ROOT = join(import.meta.dirname, "..");
/** As `npm start` runs it. */
const SERVER = ["--max-semi-space-size=2", "functions/local.ts", "--bundle"];
/** Seconds of the longest clip that a server takes. */
const LONGEST = 120;

export type Running = { url: string; key: string; process: ChildProcess };

/** Starts a server without limits on requests and guesses on a free port of 127.0.0.1. */
export async function start(data: string, env: Record<string, string> = {}): Promise<Running> {
  // The benchmarks send more than a registry's default limits.
  const off = ["misses", "rejects"].flatMap((what) => [`--pause-after-${what}`, "off"]);
  const unlimited = ["registry", "set", "--requests-per-minute", "none", ...off, "--data", data];
  execFileSync(process.execPath, ["cli/voiceroll.ts", ...unlimited], { cwd: ROOT });
  return launch(data, { env });
}

/** Starts a server on a data folder. root, server: of another checkout, the arguments of Node */
export async function launch(
  data: string,
  {
    env = {},
    root = ROOT,
    server = SERVER,
  }: { env?: Record<string, string>; root?: string; server?: string[] },
): Promise<Running> {
  const child = spawn(process.execPath, server, {
    cwd: root,
    env: { ...process.env, ...env, VOICEROLL_DATA: data, PORT: "0", HOST: "127.0.0.1" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const url = await new Promise<string>((resolve, reject) => {
    let text = "";
    const read = (chunk: Buffer) => {
      text += chunk;
      const match = /http:\/\/127\.0\.0\.1:\d+/.exec(text);
      if (!match) return;
      child.stderr.off("data", read).pipe(process.stderr);
      resolve(match[0]);
    };
    child.stderr.on("data", read);
    child.on("exit", (code) => reject(new Error(`the server exited with ${code}: ${text}`)));
  });
  const key = (await readFile(join(data, "api-key"), "utf8")).trim();
  return { url, key, process: child };
}

export async function stop({ process: child }: Running): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await ended;
}

export async function send(
  server: Running,
  path: string,
  body: Uint8Array,
  type = "audio/wav",
): Promise<void> {
  const reply = await fetch(server.url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${server.key}`, "content-type": type },
    body: Buffer.from(body),
  });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${path}: ${reply.status} ${text}`);
}

/** Returns the resident set of a process in MB on Linux, undefined on other systems. */
export async function residentMb(pid: number | undefined): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const match = /VmRSS:\s+(\d+) kB/.exec(status);
  return match ? Number(match[1]) / 1024 : undefined;
}

/** Starts a server in a new folder in which the speaker `awb` is enrolled. */
export async function enrolled(samples: string): Promise<{ server: Running; data: string }> {
  const data = await mkdtemp(join(tmpdir(), "voiceroll-bench-"));
  const server = await start(data);
  for (const take of [2, 3, 4, 5])
    await send(server, "/speakers/awb/enroll", await readFile(join(samples, `awb/${take}.wav`)));
  return { server, data };
}

/** speech: 16 kHz, which is repeated for long clips */
export async function benchServer(samples: string, clip: Uint8Array, speech: Float32Array): Promise<void> {
  const { server: first, data } = await enrolled(samples);
  const verify = await timed(200, () => send(first, "/verify?speaker=awb", clip));
  print("verify-http-3s", { p50Ms: percentile(verify, 0.5), p99Ms: percentile(verify, 0.99) });
  const afterMb = await residentMb(first.process.pid);
  const long = wavOf(Float32Array.from({ length: LONGEST * 16_000 }, (_, i) => speech[i % speech.length]));
  for (let i = 0; i < 5; i++) await send(first, "/verify?speaker=awb", long);
  print("server-memory", {
    rssMbAfter200Verifies: afterMb,
    rssMbAfterFiveClipsOfTwoMinutes: await residentMb(first.process.pid),
  });
  await stop(first);

  const starts = new Float64Array(5);
  for (let i = 0; i < starts.length; i++) {
    const startMs = performance.now();
    const server = await launch(data, {});
    await send(server, "/verify?speaker=awb", clip);
    starts[i] = performance.now() - startMs;
    await stop(server);
  }
  print("start-to-first-verify", { p50Ms: percentile(starts.sort(), 0.5), runs: starts.length });
  await rm(data, { recursive: true });
}
