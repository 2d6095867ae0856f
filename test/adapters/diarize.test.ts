import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BUNDLED_MODEL, openBundle } from "../../lib/adapters/model/bundle.ts";
import { probePieces } from "../../lib/adapters/model/diarize.ts";
import { collected } from "../../lib/adapters/model/long-samples.ts";
import { readSamples } from "../../lib/audio/read-samples.ts";
import { cosine } from "../../lib/score/scoring/vector.ts";
import { ROOT } from "../cli/run.ts";
import { wav } from "../support/wav.ts";

/**
 * Three synthetic voices take turns: awb, slt, awb, rms, slt, rms, awb, with pauses of half a
 * second.
 */
const TURNS = ["awb/1", "slt/1", "awb/2", "rms/1", "slt/2", "rms/2", "awb/3"];

async function conversation() {
  const pause = new Float32Array(8000);
  const parts: Float32Array[] = [];
  const turns: { voice: string; start: number; end: number }[] = [];
  let at = 0;
  for (const clip of TURNS) {
    const bytes = readFileSync(join(ROOT, `samples/${clip}.wav`));
    const { samples } = await readSamples({ bytes });
    turns.push({ voice: clip.slice(0, 3), start: at / 16_000, end: (at + samples.length) / 16_000 });
    parts.push(samples, pause);
    at += samples.length + pause.length;
  }
  const whole = new Float32Array(at);
  let to = 0;
  for (const part of parts) {
    whole.set(part, to);
    to += part.length;
  }
  return { bytes: wav([whole]), turns };
}

test("the voices of a conversation are told apart, the same in a thread and in place", {
  timeout: 120_000,
}, async () => {
  const { bytes, turns } = await conversation();
  const reports: [number, number][] = [];
  const inPlace = await openBundle({ workers: 0 });
  const diarized = await inPlace.embedder.diarize(
    { bytes },
    { onProgress: (...report) => void reports.push(report) },
  );
  expect(diarized.voices).toHaveLength(3);
  expect(reports.at(-1)).toEqual([Math.round(diarized.seconds), Math.round(diarized.seconds)]);
  const order = ["awb", "slt", "rms"];
  for (const { start, end, voice } of diarized.segments) {
    const middle = (start + end) / 2;
    const turn = turns.find((one) => one.start <= middle && middle < one.end);
    expect(order[voice]).toBe(turn?.voice);
  }
  const [awb] = diarized.voices;
  const own = await inPlace.embedder.embed({ bytes: readFileSync(join(ROOT, "samples/awb/5.wav")) });
  if (!awb?.probe.embedding || !own.embedding) throw new RangeError("no embedding");
  expect(cosine(awb.probe.embedding, own.embedding)).toBeGreaterThan(0.6);
  const threaded = await openBundle({ workers: 1 });
  expect(await threaded.embedder.diarize({ bytes })).toEqual(diarized);
  await inPlace.embedder.close();
  await threaded.embedder.close();
});

test("a thread ends when the signal aborts, and passes on the problems of a file", {
  timeout: 60_000,
}, async () => {
  const { embedder } = await openBundle({ workers: 1, folder: BUNDLED_MODEL });
  const { bytes } = await conversation();
  const stop = new AbortController();
  const stopped = embedder.diarize({ bytes }, { signal: stop.signal });
  stop.abort(new Error("the server is closing"));
  await expect(stopped).rejects.toThrow("the server is closing");
  await expect(embedder.diarize({ bytes: bytes.slice(0, 30) })).rejects.toMatchObject({
    slug: "audio-undecodable",
  });
  const refused = () => Promise.reject(new Error("over the quota"));
  await expect(embedder.diarize({ bytes }, { onProgress: refused })).rejects.toThrow("over the quota");
  await embedder.close();
});

test("silence has no voices", { timeout: 60_000 }, async () => {
  const { embedder } = await openBundle({ workers: 0 });
  const silence = { bytes: wav([new Float32Array(64_000)]) };
  expect(await embedder.diarize(silence)).toEqual({ seconds: 4, voices: [], segments: [] });
  await embedder.close();
});

test("blocks of any length are collected", () => {
  const [short, long] = [new Float32Array(3).fill(0.5), new Float32Array(3_000_000).fill(-1)];
  const all = collected([short, long, short]);
  expect(all).toHaveLength(3_000_006);
  expect([all[0], all[3], all[3_000_002], all[3_000_005]]).toEqual([16_384, -32_768, -32_768, 16_384]);
});

test("a voice is identified by its longest segments, in order of time, until a minute is full", () => {
  const pieces = [
    { start: 0, end: 20 },
    { start: 21, end: 22 },
    { start: 30, end: 65 },
    { start: 70, end: 85 },
  ];
  expect(probePieces(pieces)).toEqual([pieces[0], pieces[2], pieces[3]]);
});
