/**
 * TypeScript must compute the embeddings that Python computed from the same samples
 * (models/training/parity.py).
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { BUNDLED_MODEL } from "../../lib/adapters/model/bundled-model.ts";
import { type ModelManifest, readChecked, readModelManifest } from "../../lib/adapters/model/manifest.ts";
import { type Network, openNetwork } from "../../lib/adapters/model/network.ts";
import { subtractMean } from "../../lib/audio/features/fbank.ts";
import { modelInput } from "../../lib/audio/features/model-input.ts";
import { readSamples } from "../../lib/audio/read-samples.ts";
import { cosine, normalize, type UnitVector } from "../../lib/score/scoring/vector.ts";

const SAMPLES = join(import.meta.dirname, "../../samples");
const Embeddings = z.array(z.array(z.number()));
const Golden = z.strictObject({
  sha256: z.string(),
  clips: z.array(z.string()).min(8),
  onnx: Embeddings,
  /** Embeddings by the PyTorch network itself, if the checkpoint was available. */
  torch: Embeddings.optional(),
});

let golden: z.infer<typeof Golden>;
let manifest: ModelManifest;
let network: Network;

beforeAll(async () => {
  manifest = await readModelManifest(BUNDLED_MODEL);
  golden = Golden.parse(JSON.parse(await readFile(join(BUNDLED_MODEL, "parity.json"), "utf8")));
  const bytes = await readChecked(join(BUNDLED_MODEL, manifest.file), manifest.sha256);
  network = await openNetwork(bytes, manifest);
});
afterAll(() => network.release());

async function embed(clip: string): Promise<UnitVector> {
  const { samples } = await readSamples({ bytes: await readFile(join(SAMPLES, clip)) });
  return normalize(await network.run(subtractMean(modelInput(samples, manifest.features))));
}

test("the golden embeddings belong to the bundled file", () => {
  expect(golden.sha256).toBe(manifest.sha256);
});

test("embeds samples like Python, with a cosine above 0.9999", async () => {
  const own = await Promise.all(golden.clips.map(embed));
  for (const expected of [golden.onnx, golden.torch ?? golden.onnx]) {
    expect(expected.length).toBe(own.length);
    const least = Math.min(...expected.map((vector, i) => cosine(own[i], normalize(vector))));
    expect(least).toBeGreaterThan(0.9999);
  }
});
