/* A recording of nearly an hour, through a real server with the real model. */
import { createHash } from "node:crypto";
import { createReadStream, openAsBlob } from "node:fs";
import { mkdtemp, open, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { expect, onTestFinished, test } from "vitest";
import { chunk, encode, fmtChunk, riff, syntheticSpeech } from "../support/wav.ts";
import { startProcess } from "./process.ts";

const SECONDS = 3200;
const RATE_HZ = 16_000;
const SPOKEN_AT = [140, 3100];

/** Writes a stereo WAV of 205 MB that is silent except for a few seconds. */
async function recording(path: string): Promise<void> {
  const data = SECONDS * RATE_HZ * 4;
  const file = await open(path, "w");
  await file.write(riff(fmtChunk({ channels: 2 }), chunk("data", new Uint8Array(0), data)));
  const speech = syntheticSpeech(6);
  for (const at of SPOKEN_AT) await file.write(encode([speech, speech]), 0, undefined, 44 + at * RATE_HZ * 4);
  await file.truncate(44 + data);
  await file.close();
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

/** The peak resident set of a process so far, in MB. Undefined on systems without /proc. */
async function peakOf(pid: number | undefined): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kilobytes = /VmHWM:\s+(\d+) kB/.exec(status)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
}

test("an upload of 205 MB is received, and its parts are enrolled and verified, in less than 100 MB", async () => {
  const folder = await mkdtemp(join(tmpdir(), "voiceroll-long-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const server = await startProcess("functions/local.ts", { VOICEROLL_DATA: join(folder, "data") });
  onTestFinished(() => void server.child.kill("SIGKILL"));
  await expect.poll(() => /vr_\w+/.test(server.output()), { timeout: 30_000 }).toBe(true);
  const headers = {
    Authorization: `Bearer ${/vr_\w+/.exec(server.output())?.[0]}`,
    "Content-Type": "application/json",
  };
  const ask = async (path: string, body: object) => {
    const reply = await fetch(server.url + path, { method: "POST", headers, body: JSON.stringify(body) });
    return { status: reply.status, body: JSON.parse(await reply.text()) };
  };
  // What the first clips take anyway: the networks' buffers, the gallery, the decoder.
  const short = {
    base64: (await readFile(join(import.meta.dirname, "../../samples/slt/1.wav"))).toString("base64"),
  };
  expect((await ask("/speakers/eve/enroll", { audio: short })).status).toBe(201);
  expect((await ask("/compare", { audioA: short, audioB: short })).status).toBe(200);

  const path = join(folder, "long.wav");
  await recording(path);
  const [bytes, sha256] = [(await stat(path)).size, await sha256Of(path)];
  const { body: ticket } = await ask("/uploads", { mediaType: "audio/wav", bytes, sha256 });
  const before = await peakOf(server.child.pid);
  const form = new FormData();
  for (const [name, value] of Object.entries<string>(ticket.form.fields)) form.append(name, value);
  form.append("file", await openAsBlob(path), "long.wav");
  expect((await fetch(ticket.form.url, { method: "POST", body: form })).status).toBe(204);

  const upload = ticket.upload.id;
  const last = SPOKEN_AT[1];
  const enrolled = await ask("/speakers/slt/enroll", {
    audio: { upload, segment: { start: last, end: last + 6 } },
  });
  expect(enrolled).toMatchObject({ status: 201, body: { clips: [{ quality: { totalSeconds: 6 } }] } });
  const verified = await ask("/verify", { speaker: "slt", audio: { upload, firstSpeechSeconds: 4 } });
  // The same sound twice: it is found at 140 s, and recognized as a copy of what was enrolled.
  expect(verified.body).toMatchObject({ decision: "accept", replaySuspected: true });
  const whole = await ask("/verify", { speaker: "slt", audio: { upload } });
  expect(whole).toMatchObject({ status: 413, body: { type: "urn:voiceroll:problem:audio-too-long" } });
  const after = await peakOf(server.child.pid);
  if (before === undefined || after === undefined) return console.log("peaks of memory need /proc");
  console.log(JSON.stringify({ uploaded: bytes, megabytes: Math.round(after - before) }));
  expect(after - before).toBeLessThan(100);
}, 120_000);
