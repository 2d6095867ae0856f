import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openBundle } from "../../lib/adapters/model/bundle.ts";
import { BUNDLED_MODEL } from "../../lib/adapters/model/bundled-model.ts";
import { collected } from "../../lib/adapters/model/long-samples.ts";
import type { PartFolders } from "../../lib/adapters/model/part.ts";
import { probePieces } from "../../lib/adapters/model/recording-voices.ts";
import { partFolders } from "../../lib/adapters/models/library.ts";
import { installPart } from "../../lib/adapters/models/parts.ts";
import { readSamples } from "../../lib/audio/read-samples.ts";
import type { FoundVoice } from "../../lib/ports/model.ts";
import { cosine } from "../../lib/score/scoring/vector.ts";
import { ROOT, temporaryFolder } from "../cli/run.ts";
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

/**
 * A part with a network that hears two voices where the samples' mean is above 0.1, and the second
 * one where it is below -0.1.
 */
async function installedPart(): Promise<PartFolders> {
  const data = temporaryFolder();
  const draft = { kind: "segmentation", name: "marks" } as const;
  await installPart(data, { network: join(ROOT, "test/golden/models/segmentation.onnx"), draft });
  return partFolders(data);
}

/** The second voice begins 2 s before the first one's end. The network is told by the mean. */
async function overlapped() {
  const [first, second] = await Promise.all(
    ["awb/1", "slt/1"].map(async (clip) =>
      readSamples({ bytes: readFileSync(join(ROOT, `samples/${clip}.wav`)) }),
    ),
  );
  if (!first || !second) throw new RangeError("no samples");
  const start = first.samples.length - 32_000;
  const whole = new Float32Array(start + second.samples.length);
  whole.set(first.samples);
  for (const [i, x] of second.samples.entries()) whole[start + i] = (whole[start + i] ?? 0) + x;
  for (let i = start; i < whole.length; i++)
    whole[i] = (i < start + 32_000 ? 0.25 : -0.25) + (whole[i] ?? 0) / 2;
  return { bytes: wav([whole]), start: start / 16_000 };
}

test("with a segmentation network, segments overlap where two speak at once", {
  timeout: 120_000,
}, async () => {
  const { bytes, start } = await overlapped();
  const parts = await installedPart();
  const inPlace = await openBundle({ workers: 0, parts });
  const reports: number[] = [];
  const options = { onProgress: (done: number) => void reports.push(done) };
  const found = await inPlace.embedder.diarize({ bytes }, options);
  expect(reports).toEqual(reports.toSorted((a, b) => a - b));
  const [first, second] = found.segments.toSorted((a, b) => a.voice - b.voice);
  expect(found.voices).toHaveLength(2);
  expect([first?.voice, second?.voice]).toEqual([0, 1]);
  expect(Math.abs((second?.start ?? 0) - start)).toBeLessThan(0.1);
  expect(Math.abs((first?.end ?? 0) - (start + 2))).toBeLessThan(0.3);
  const threaded = await openBundle({ workers: 1, parts });
  expect(await threaded.embedder.diarize({ bytes })).toEqual(found);
  await inPlace.embedder.close();
  await threaded.embedder.close();
});

test.each([0, 1])(
  "voices of one person become one voice (threads: %s)",
  {
    timeout: 120_000,
  },
  async (workers) => {
    const { bytes } = await conversation();
    const { embedder } = await openBundle({ workers });
    const asked: number[][] = [];
    const whoIsWho = async (voices: readonly FoundVoice[]) => {
      const [awb, slt] = await Promise.all(voices.slice(0, 2).map(({ pieces }) => pieces()));
      asked.push([voices.length, awb?.length ?? 0, slt?.length ?? 0]);
      const moved = (i: number) => [awb, slt][i]?.map(() => i % 2) ?? [];
      return voices.map((_, i) => ({ person: i % 2, pieces: moved(i) }));
    };
    const { voices, segments } = await embedder.diarize({ bytes }, { whoIsWho });
    expect(asked).toEqual([[3, 3, 2]]);
    expect(segments.map(({ voice }) => voice)).toEqual([0, 1, 0, 0, 1, 0, 0]);
    const spoken = (voice: number) =>
      segments.filter((one) => one.voice === voice).reduce((sum, { start, end }) => sum + end - start, 0);
    expect(voices.map(({ speechSeconds }) => speechSeconds)).toEqual(
      [spoken(0), spoken(1)].map((s) => expect.closeTo(s, 1)),
    );
    // The decision about the joint voice is made on what both say.
    expect(voices[0]?.probe.quality.totalSeconds).toBeCloseTo(spoken(0), 0);
    const refused = () => Promise.reject(new Error("the registry is gone"));
    await expect(embedder.diarize({ bytes }, { whoIsWho: refused })).rejects.toThrow("the registry is gone");
    await embedder.close();
  },
);

test("a damaged segmentation network is named", { timeout: 60_000 }, async () => {
  const parts = await installedPart();
  writeFileSync(join(parts.segmentation ?? "", "network.onnx"), "no network");
  const { embedder } = await openBundle({ workers: 0, parts });
  const { bytes } = await conversation();
  await expect(embedder.diarize({ bytes })).rejects.toMatchObject({
    slug: "model-unavailable",
    message: expect.stringContaining("network.onnx has sha256"),
  });
  await embedder.close();
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
  expect(probePieces(pieces, [])).toEqual([pieces[0], pieces[2], pieces[3]]);
});
