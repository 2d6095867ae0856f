import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Bundle, openBundle } from "../../lib/adapters/model/bundle.ts";
import { BUNDLED_MODEL } from "../../lib/adapters/model/bundled-model.ts";
import { cosine, type UnitVector } from "../../lib/score/scoring/vector.ts";
import { sha256Of } from "../../lib/sha256.ts";
import { inContext } from "../../lib/work-context.ts";

const SAMPLES = join(import.meta.dirname, "../../samples");
const sample = (name: string) => readFile(join(SAMPLES, `${name}.wav`));

let pooled: Bundle;
let inPlace: Bundle;
let copies: string;

beforeAll(async () => {
  [pooled, inPlace] = await Promise.all([openBundle({ workers: 2 }), openBundle({ workers: 0 })]);
  copies = await mkdtemp(join(tmpdir(), "voiceroll-model-"));
});

afterAll(async () => {
  await Promise.all([pooled.embedder.close(), inPlace.embedder.close()]);
  await rm(copies, { recursive: true });
});

/** A copy of the bundled model and its voice-activity network that a test may spoil. */
async function copyOfModel(name: string): Promise<string> {
  const folder = join(copies, name, "ecapa-c256");
  await cp(BUNDLED_MODEL, folder, { recursive: true });
  await cp(join(dirname(BUNDLED_MODEL), "vad"), join(copies, name, "vad"), { recursive: true });
  return folder;
}

async function embeddingOf(bundle: Bundle, name: string): Promise<UnitVector> {
  const { embedding } = await bundle.embedder.embed({ bytes: await sample(name), mediaType: "audio/wav" });
  if (!embedding) throw new Error(`no embedding of ${name}`);
  return embedding;
}

test("the bundled model reproduces its golden embedding", async () => {
  await pooled.embedder.check();
  await inPlace.embedder.check();
});

test("worker threads and this thread compute the same bits for the same clip", async () => {
  expect([...(await embeddingOf(pooled, "slt/1"))]).toEqual([...(await embeddingOf(inPlace, "slt/1"))]);
});

test("clips of ended requests leave the queue unprocessed", async () => {
  const clip = { bytes: await sample("awb/1"), mediaType: "audio/wav" };
  const left = new AbortController();
  const waiting = Array.from({ length: 30 }, (_, i) =>
    inContext({ owner: `caller ${i % 3}`, signal: left.signal }, () => pooled.embedder.embed(clip)),
  );
  const settled = Promise.allSettled(waiting);
  left.abort();
  const outcomes = await settled;
  const processed = outcomes.filter(({ status }) => status === "fulfilled");
  // Two threads had begun one clip each.
  expect(processed).toHaveLength(2);
  for (const outcome of outcomes)
    if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ slug: "deadline-exceeded" });
  expect((await pooled.embedder.embed(clip)).embedding).toBeDefined();
});

test("every pair of clips of one voice is closer than any pair of two voices", async () => {
  const voices = ["awb", "rms", "slt", "kal"];
  const embedded = await Promise.all(
    voices.flatMap((voice) =>
      [1, 2, 3].map(async (n) => ({ voice, at: await embeddingOf(pooled, `${voice}/${n}`) })),
    ),
  );
  const pairs = embedded.flatMap((a, i) =>
    embedded.slice(i + 1).map((b) => ({ same: a.voice === b.voice, raw: cosine(a.at, b.at) })),
  );
  const raws = (same: boolean) => pairs.filter((pair) => pair.same === same).map(({ raw }) => raw);
  expect(Math.min(...raws(true))).toBeGreaterThan(Math.max(...raws(false)));
});

test("the event loop keeps running while clips are embedded", async () => {
  const clips = await Promise.all(["awb/1", "awb/2", "rms/1", "rms/2", "slt/1", "slt/2"].map(sample));
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  await Promise.all(clips.map((bytes) => pooled.embedder.embed({ bytes, mediaType: "audio/wav" })));
  clearInterval(timer);
  expect(turns).toBeGreaterThan(5);
});

test("rejects a broken clip with its slug, and embeds the next one", async () => {
  const broken = pooled.embedder.embed({ bytes: new Uint8Array([1, 2, 3]), mediaType: "audio/wav" });
  await expect(broken).rejects.toMatchObject({ slug: "audio-undecodable" });
  expect((await embeddingOf(pooled, "rms/1")).length).toBe(192);
});

/** Three seconds of the sample with 0.4 s of one and the same value after each. */
async function gapped(name: string, value: number): Promise<Buffer> {
  const bytes = await sample(name);
  const second = 2 * 16_000;
  const gap = Buffer.alloc(0.4 * second);
  for (let at = 0; at < gap.length; at += 2) gap.writeInt16LE(value, at);
  const pieces = [0, 1, 2].flatMap((i) => [bytes.subarray(44 + i * second, 44 + (i + 1) * second), gap]);
  const samples = Buffer.concat(pieces);
  const header = Buffer.from(bytes.subarray(0, 44));
  header.writeUInt32LE(36 + samples.length, 4);
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
}

test.each([0, 8])(
  "digital silence (value %i) between words does not change the voiceprint",
  async (value) => {
    const embedded = async (name: string) =>
      (await inPlace.embedder.embed({ bytes: await gapped(name, value) })).embedding ?? new Float32Array(0);
    const names = ["awb/1", "slt/1", "rms/1", "kal/1"];
    const gaps = (await Promise.all(names.map(embedded))) as UnitVector[];
    const own = await Promise.all(names.map((name) => embeddingOf(inPlace, name)));
    for (const [i, voice] of gaps.entries()) {
      const toOwn = cosine(voice, own[i]);
      for (const other of gaps.filter((one) => one !== voice))
        expect(cosine(voice, other)).toBeLessThan(toOwn);
    }
  },
);

test("silence has no speech, and no embedding unless it is requested without speech", async () => {
  const silence = await sample("awb/1");
  silence.fill(0, 44);
  const clip = { bytes: silence, mediaType: "audio/wav" };
  const embedded = await pooled.embedder.embed(clip);
  expect([embedded.quality.speechSeconds, embedded.embedding]).toEqual([0, undefined]);
  expect((await pooled.embedder.embed(clip, { evenWithoutSpeech: true })).embedding?.length).toBe(192);
});

test.each(["model.onnx", "cohort.bin", "calibration.json", "speakers-check.json"])(
  "refuses to load a changed %s, and names its digest",
  async (file) => {
    const folder = await copyOfModel(`changed-${file}`);
    const bytes = await readFile(join(folder, file));
    bytes[bytes.length - 1] ^= 1;
    await writeFile(join(folder, file), bytes);
    const opened = openBundle({ workers: 1, folder });
    await expect(opened).rejects.toMatchObject({ slug: "model-unavailable" });
    await expect(opened).rejects.toThrow(/sha256/);
  },
);

test("a calibration file with another layout keeps its ID, and another value changes it", async () => {
  const idOf = async (name: string, change: (text: string) => string) => {
    const folder = await copyOfModel(name);
    const calibration = change(await readFile(join(folder, "calibration.json"), "utf8"));
    await writeFile(join(folder, "calibration.json"), calibration);
    const manifest = JSON.parse(await readFile(join(folder, "model.json"), "utf8"));
    manifest.calibration.sha256 = sha256Of(Buffer.from(calibration));
    await writeFile(join(folder, "model.json"), JSON.stringify(manifest));
    const { embedder, calibrations } = await openBundle({ workers: 0, folder });
    await embedder.close();
    return (await calibrations.bundled(embedder.model.modelId)).id;
  };
  const id = await idOf("as-shipped", (text) => text);
  expect(await idOf("compact", (text) => JSON.stringify(JSON.parse(text)))).toBe(id);
  expect(
    await idOf("other-far", (text) => text.replace('"defaultFar": 0.01', '"defaultFar": 0.02')),
  ).not.toBe(id);
});

test("refuses to load a missing model", async () => {
  const folder = await copyOfModel("missing");
  await rm(join(folder, "model.onnx"));
  await expect(openBundle({ workers: 1, folder })).rejects.toMatchObject({ slug: "model-unavailable" });
});

test("a model that no longer reproduces its golden embedding is not ready", async () => {
  const folder = await copyOfModel("drifted");
  const manifest = JSON.parse(await readFile(join(folder, "model.json"), "utf8"));
  manifest.golden.embedding[0] += 0.1;
  await writeFile(join(folder, "model.json"), JSON.stringify(manifest));
  const bundle = await openBundle({ workers: 0, folder });
  await expect(bundle.embedder.check()).rejects.toMatchObject({ slug: "model-unavailable" });
  await bundle.embedder.close();
});

test("a model without cohort and calibration opens: an empty cohort, no thresholds", async () => {
  const folder = await copyOfModel("bare");
  const manifest = JSON.parse(await readFile(join(folder, "model.json"), "utf8"));
  for (const part of ["cohort", "calibration", "errorRates", "vad"]) delete manifest[part];
  await writeFile(join(folder, "model.json"), JSON.stringify(manifest));
  const bundle = await openBundle({ workers: 0, folder });
  const { modelId, dimension } = bundle.embedder.model;
  await bundle.embedder.check();
  expect(await bundle.cohorts.bundled(modelId)).toMatchObject({ size: 0, dimension, modelId });
  expect(await bundle.calibrations.bundled(modelId)).toMatchObject({ tables: [], modelId });
  await bundle.embedder.close();
});

test("frames that the voice-activity network does not cut alike are refused at load", async () => {
  const folder = await copyOfModel("other-grid");
  const manifest = JSON.parse(await readFile(join(folder, "model.json"), "utf8"));
  manifest.features.shiftMs = 12.5;
  await writeFile(join(folder, "model.json"), JSON.stringify(manifest));
  await expect(openBundle({ workers: 0, folder })).rejects.toThrow(/frames are 25\/12.5 ms/);
});
