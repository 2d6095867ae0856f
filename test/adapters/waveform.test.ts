import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { openBundle } from "../../lib/adapters/model/bundle.ts";
import { loadModel } from "../../lib/adapters/model/load.ts";
import { installModel, type ManifestDraft } from "../../lib/adapters/models/install.ts";
import { libraryFolder } from "../../lib/adapters/models/library.ts";
import { modelInput } from "../../lib/audio/features/model-input.ts";
import { readSamples } from "../../lib/audio/read-samples.ts";
import type { WaveformRecipe } from "../../lib/audio/types.ts";
import { cosine, normalize } from "../../lib/score/scoring/vector.ts";
import { ROOT, temporaryFolder } from "../cli/run.ts";
import { wav } from "../support/wav.ts";

const NETWORKS = join(ROOT, "test/golden/models");
const SAMPLES = join(ROOT, "samples");
const features = { kind: "waveform", sampleRateHz: 16000, sampleScale: 1 } as const;
const draft: ManifestDraft = { name: "hearing", dimension: 16, features };

async function install(network: string, over: Partial<ManifestDraft> = {}): Promise<string> {
  const data = temporaryFolder();
  const file = join(NETWORKS, `${network}.onnx`);
  await installModel(data, { network: file, draft: { ...draft, ...over }, partsFolder: dirname(file) });
  return join(libraryFolder(data), "hearing");
}

test("a frame of samples is the middle of the window of a frame of features", () => {
  const samples = Float32Array.from({ length: 1000 }, (_, i) => i / 1000);
  const { frames, bins, data } = modelInput(samples, { ...features, sampleScale: 1000 });
  expect([frames, bins]).toEqual([4, 160]);
  expect([...data.slice(0, 3), data.at(-1)].map((x) => Math.round(x ?? 0))).toEqual([120, 121, 122, 759]);
  expect(modelInput(samples.subarray(0, 399), features).frames).toBe(0);
});

test("embeds a clip as its network does with the speech alone", async () => {
  const folder = await install("hearing");
  const { embedder } = await openBundle({ workers: 0, folder });
  const speech = await readFile(join(SAMPLES, "slt/1.wav"));
  const { samples } = await readSamples({ bytes: speech });
  // A second of digital silence at either end: removed before the network hears the clip.
  const padded = new Float32Array(samples.length + 32_000);
  padded.set(samples, 16_000);
  const [plain, silent, other] = await Promise.all([
    embedder.embed({ bytes: speech }),
    embedder.embed({ bytes: wav([padded]) }),
    embedder.embed({ bytes: await readFile(join(SAMPLES, "awb/1.wav")) }),
  ]);
  await embedder.close();
  const { networks, release } = await loadModel(folder);
  const whole = normalize(await networks.speaker.run(modelInput(samples, features)));
  await release();
  expect(cosine(plain.embedding!, whole)).toBeGreaterThan(0.99);
  expect(cosine(silent.embedding!, plain.embedding!)).toBeGreaterThan(0.999);
  expect(cosine(other.embedding!, plain.embedding!)).toBeLessThan(0.99);
});

test("windows of equal length run together and give what each gives alone", async () => {
  const { networks, release } = await loadModel(await install("hearing"));
  const { samples } = await readSamples({ bytes: await readFile(join(SAMPLES, "kal/1.wav")) });
  const { bins, data } = modelInput(samples, features);
  const [frames, batch] = [100, 2];
  const both = await networks.speaker.run(
    { frames, bins, data: data.slice(0, batch * frames * bins) },
    batch,
  );
  for (let i = 0; i < batch; i++) {
    const own = data.slice(i * frames * bins, (i + 1) * frames * bins);
    const alone = await networks.speaker.run({ frames, bins, data: own });
    expect(cosine(normalize(both.slice(16 * i, 16 * (i + 1))), normalize(alone))).toBeGreaterThan(0.999999);
  }
  await release();
});

test("finds the voices of a recording", { timeout: 60_000 }, async () => {
  const { embedder } = await openBundle({ workers: 0, folder: await install("hearing") });
  const bytes = await readFile(join(SAMPLES, "rms/1.wav"));
  const { voices, segments } = await embedder.diarize({ bytes });
  await embedder.close();
  expect(voices.length).toBeGreaterThan(0);
  expect(voices[0].probe.embedding).toHaveLength(16);
  expect(segments.length).toBeGreaterThan(0);
});

test.each([0, 2])("denormal numbers are flushed in every thread, with %d workers", async (workers) => {
  const folder = await install("denormal");
  const child = join(import.meta.dirname, "waveform-child.ts");
  const args = [child, folder, join(SAMPLES, "slt/2.wav"), String(workers)];
  const rows = JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as number[][];
  expect(rows).toHaveLength(Math.max(1, workers));
  for (const row of rows) {
    expect(row.slice(0, 8)).toEqual(Array(8).fill(0));
    expect(row.slice(8).every((x) => x !== 0)).toBe(true);
  }
});

test.each<[string, string, Partial<ManifestDraft>, RegExp]>([
  ["of features", "fair", {}, /\[batch\]\[frames\]\[80\]: it must have two axes, \[batch\]\[samples\]/],
  ["with another dimension", "hearing", { dimension: 8 }, /returns 16 values/],
])("a network %s is refused as one of samples", async (_, network, over, why) => {
  const refused = install(network, over);
  await expect(refused).rejects.toMatchObject({ slug: "validation-failed" });
  await expect(refused).rejects.toThrow(why);
});

test("the recipe of samples is strict", async () => {
  const wrong = { ...features, melBins: 80 } as unknown as WaveformRecipe & { sampleRateHz: 16000 };
  await expect(install("hearing", { features: wrong })).rejects.toThrow(/melBins/);
});
