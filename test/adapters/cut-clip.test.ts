import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Bundle, openBundle } from "../../lib/adapters/model/bundle.ts";
import { BUNDLED_MODEL } from "../../lib/adapters/model/bundled-model.ts";
import { readSamples } from "../../lib/audio/read-samples.ts";
import type { ClipInput, Piece } from "../../lib/audio/types.ts";
import { cosine } from "../../lib/score/scoring/vector.ts";
import { chunk, concat, fmtChunk, riff, syntheticSpeech, tone, wav } from "../support/wav.ts";

let bundle: Bundle;
let folder: string;
beforeAll(async () => {
  bundle = await openBundle({ workers: 1, folder: BUNDLED_MODEL });
  folder = await mkdtemp(join(tmpdir(), "cut-"));
});
afterAll(async () => {
  await bundle.embedder.close();
  await rm(folder, { recursive: true });
});

const speech = syntheticSpeech(5);
const silence = (seconds: number) => new Float32Array(16_000 * seconds);

function joined(...parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

async function stored(planes: readonly Float32Array[]): Promise<string> {
  const path = join(folder, "recording.wav");
  await writeFile(path, wav(planes));
  return path;
}

const samplesOf = async (clip: ClipInput) => (await readSamples(clip)).samples;
const cut = async (path: string, piece?: Piece, channel?: number) =>
  bundle.embedder.cut({ path, channel }, piece);

test("a segment of a file has the samples that are there, and the embedding of the same sound", async () => {
  const path = await stored([joined(silence(150), speech, silence(200))]);
  const clip = await cut(path, { segment: { start: 150, end: 155 } });
  expect(clip.mediaType).toBe("audio/wav");
  expect(await samplesOf(clip)).toEqual(speech);
  const [one, other] = [
    await bundle.embedder.embed(clip),
    await bundle.embedder.embed({ bytes: wav([speech]) }),
  ];
  if (!one.embedding || !other.embedding) throw new Error("no speech");
  expect(cosine(one.embedding, other.embedding)).toBeGreaterThan(0.9999);
});

test("a segment of the same recording in memory is the same clip", async () => {
  const path = await stored([joined(silence(1), speech)]);
  const piece = { segment: { start: 0.5, end: 4.25 } };
  const bytes = new Uint8Array(await readFile(path));
  expect(await bundle.embedder.cut({ bytes }, piece)).toEqual(await cut(path, piece));
});

test("takes the chosen channel of a segment, and refuses two that differ", async () => {
  const path = await stored([joined(silence(2), tone(300, 16_000, 5)), joined(silence(2), speech)]);
  const piece = { segment: { start: 2, end: 7 } };
  expect(await samplesOf(await cut(path, piece, 1))).toEqual(speech);
  await expect(cut(path, piece)).rejects.toMatchObject({ slug: "audio-unsupported-layout" });
});

test("the first speech of a recording is found behind minutes of silence and tones", async () => {
  const path = await stored([
    joined(silence(95), tone(440, 16_000, 10), silence(20), speech, silence(10), speech),
  ]);
  const clip = await cut(path, { firstSpeechSeconds: 3 });
  const { quality } = await bundle.embedder.embed(clip);
  expect(quality.speechSeconds).toBeGreaterThanOrEqual(2.8);
  expect(quality.speechSeconds).toBeLessThan(3.6);
  expect(quality.totalSeconds).toBeLessThan(4.5);
});

test("the first speech continues behind a pause until there is enough of it", async () => {
  const path = await stored([joined(silence(3), speech, silence(20), speech)]);
  const clip = await cut(path, { firstSpeechSeconds: 7 });
  const { quality } = await bundle.embedder.embed(clip);
  expect(quality.speechSeconds).toBeGreaterThanOrEqual(6.5);
  expect(quality.totalSeconds).toBeGreaterThan(25);
});

test("a recording without speech gives its start, of a clip's length", async () => {
  const path = await stored([silence(130)]);
  expect(await samplesOf(await cut(path, { firstSpeechSeconds: 3 }))).toHaveLength(120 * 16_000);
});

test("without a piece, a recording over the length of a clip is refused with the way to use it", async () => {
  const path = await stored([silence(121)]);
  await expect(cut(path)).rejects.toMatchObject({
    slug: "audio-too-long",
    message: expect.stringMatching(/`segment` or `firstSpeechSeconds`/),
  });
  const short = await stored([speech]);
  expect(await samplesOf(await cut(short))).toEqual(speech);
});

test("more than an hour is refused with a piece as well", async () => {
  const header = riff(fmtChunk(), chunk("data", new Uint8Array(0), 3601 * 32_000));
  const path = join(folder, "hours.wav");
  await writeFile(path, concat(header, new Uint8Array(1000)));
  await expect(cut(path, { segment: { start: 0, end: 1 } })).rejects.toMatchObject({
    slug: "audio-too-long",
  });
});
