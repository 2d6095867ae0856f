import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Running } from "./server.ts";

const SAMPLES = join(import.meta.dirname, "../samples");
/** A batch job may wait for requests with audio, which take turns with it. */
const JOB_POLLS = 600;
const BURST = 60;

export type Counts = Record<string, number>;
type Reply = { status: number; body: ReturnType<typeof JSON.parse> };
type Send = (method: string, path: string, body?: Buffer | object) => Promise<Reply>;

/** Returns a function that sends a request, counts its status and parses its reply. */
function sender(server: Running, counts: Counts): Send {
  return async (method, path, body) => {
    const type =
      body === undefined ? {} : { "content-type": body instanceof Buffer ? "audio/wav" : "application/json" };
    const bytes = body === undefined || body instanceof Buffer ? body : Buffer.from(JSON.stringify(body));
    const reply = await fetch(server.url + path, {
      method,
      headers: { authorization: `Bearer ${server.key}`, ...type },
      ...(bytes ? { body: new Uint8Array(bytes) } : {}),
    });
    const text = await reply.text();
    counts[reply.status] = (counts[reply.status] ?? 0) + 1;
    return { status: reply.status, body: text === "" ? undefined : JSON.parse(text) };
  };
}

/** Sends a request again after a second while the server is at capacity. */
const patient =
  (send: Send): Send =>
  async (...request) => {
    for (;;) {
      const reply = await send(...request);
      if (reply.status !== 503) return reply;
      await sleep(1000);
    }
  };

/** Announces an upload, posts the file and returns the upload's ID. */
async function upload(send: Send, counts: Counts, bytes: Buffer): Promise<string> {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const { body } = await send("POST", "/uploads", { mediaType: "audio/wav", bytes: bytes.length, sha256 });
  const form = new FormData();
  for (const [name, value] of Object.entries(body.form.fields)) form.append(name, String(value));
  form.append("file", new Blob([new Uint8Array(bytes)]), "clip.wav");
  const posted = await fetch(body.form.url, { method: "POST", body: form });
  await posted.arrayBuffer();
  counts[posted.status] = (counts[posted.status] ?? 0) + 1;
  return body.upload.id;
}

/** Enrolls a speaker in a batch job and waits for its end. */
async function batch(send: Send, speaker: string, clip: Buffer): Promise<void> {
  const lines = [{ speaker, audio: { base64: clip.toString("base64") } }];
  const { body } = await send("POST", "/jobs", { kind: "enroll-batch", lines });
  for (let i = 0; i < JOB_POLLS; i++) {
    const { state } = (await send("GET", `/jobs/${body.id}`)).body.job;
    if (state === "done") return;
    await sleep(200);
  }
  throw new Error(`The job ${body.id} didn't end.`);
}

/**
 * Does rounds until the time is over and returns their number. A round enrolls a voice under new
 * IDs from bodies, an upload and a job; verifies, identifies and compares; sends a truncated clip
 * and more than the server can handle; then erases the speakers.
 */
export async function soakCaller(
  server: Running,
  counts: Counts,
  voice: string,
  endMs: number,
): Promise<number> {
  const clips = await Promise.all(
    [1, 2, 3, 4, 5, 6].map((take) => readFile(join(SAMPLES, voice, `${take}.wav`))),
  );
  const [first, second, third, fourth, probe, unknown] = clips;
  if (!first || !second || !third || !fourth || !probe || !unknown) throw new RangeError("6 clips per voice");
  const once = sender(server, counts);
  const send = patient(once);
  let rounds = 0;
  for (; performance.now() < endMs; rounds += 1) {
    const [own, batched] = [`${voice}-${rounds}`, `${voice}-${rounds}-job`];
    for (const clip of [first, second]) await send("POST", `/speakers/${own}/enroll`, clip);
    await send("POST", `/speakers/${own}/enroll`, { audio: { upload: await upload(send, counts, third) } });
    await batch(send, batched, fourth);
    await send("POST", `/verify?speaker=${own}`, probe);
    await send("POST", "/identify", unknown);
    const base64 = [probe, unknown].map((clip) => ({ base64: clip.toString("base64") }));
    await send("POST", "/compare", { audioA: base64[0], audioB: base64[1] });
    await send("POST", `/verify?speaker=${own}`, probe.subarray(0, 30_000));
    await Promise.all(Array.from({ length: BURST }, () => once("POST", `/verify?speaker=${own}`, probe)));
    await send("GET", "/speakers?limit=10");
    await send("DELETE", `/speakers/${own}`);
    await send("DELETE", `/speakers/${batched}`);
  }
  return rounds;
}
