/** Runs the bundled network in sherpa-onnx, as on Android, iOS and in browsers. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { type Bundle, openBundle } from "../../lib/adapters/model/bundle.ts";
import { BUNDLED_MODEL } from "../../lib/adapters/model/bundled-model.ts";
import { readModelManifest } from "../../lib/adapters/model/manifest.ts";
import { openNetwork } from "../../lib/adapters/model/network.ts";
import { subtractMean } from "../../lib/audio/features/fbank.ts";
import { modelInput } from "../../lib/audio/features/model-input.ts";
import { readSamples } from "../../lib/audio/read-samples.ts";
import { pointFor, tableFor } from "../../lib/score/scoring/calibration.ts";
import { cosine, normalize, type UnitVector } from "../../lib/score/scoring/vector.ts";

const SAMPLES = join(import.meta.dirname, "../../samples");
const CLIPS = ["awb", "rms", "slt", "kal"].flatMap((voice) => [1, 2, 3, 4, 5, 6].map((n) => `${voice}/${n}`));

/**
 * Embeddings by sherpa-onnx; by our features and network over the whole clip; by the service, which
 * removes silence.
 */
type Embedded = { voice: string; sherpa: UnitVector; whole: UnitVector; service: UnitVector };
let clips: Embedded[];
let bundle: Bundle;

beforeAll(async () => {
  const manifest = await readModelManifest(BUNDLED_MODEL);
  const file = join(BUNDLED_MODEL, manifest.file);
  const network = await openNetwork(await readFile(file), manifest);
  bundle = await openBundle({ workers: 0 });
  const bySherpa = await sherpaEmbeddings(file);
  clips = [];
  for (const [i, name] of CLIPS.entries()) {
    const bytes = await readFile(join(SAMPLES, `${name}.wav`));
    const { samples } = await readSamples({ bytes });
    const whole = normalize(await network.run(subtractMean(modelInput(samples, manifest.features))));
    const { embedding } = await bundle.embedder.embed({ bytes });
    if (!embedding) throw new RangeError(`no speech in ${name}`);
    clips.push({ voice: name.slice(0, 3), sherpa: bySherpa[i], whole, service: embedding });
  }
  await network.release();
  await bundle.embedder.close();
});

async function sherpaEmbeddings(model: string): Promise<UnitVector[]> {
  const files = CLIPS.map((name) => join(SAMPLES, `${name}.wav`));
  const child = join(import.meta.dirname, "sherpa-child.mjs");
  const { stdout } = await promisify(execFile)(process.execPath, [child, model, ...files], {
    maxBuffer: 1e8,
  });
  return stdout
    .trim()
    .split("\n")
    .map((line) => normalize(JSON.parse(line)));
}

const lowest = (pairs: readonly number[]) => Math.min(...pairs);

test("sherpa-onnx matches our features on the same whole clip, with a cosine above 0.99", () => {
  expect(lowest(clips.map(({ sherpa, whole }) => cosine(sherpa, whole)))).toBeGreaterThan(0.99);
});

test("sherpa-onnx matches the service on samples without a long pause", () => {
  expect(lowest(clips.map(({ sherpa, service }) => cosine(sherpa, service)))).toBeGreaterThan(0.99);
});

test("both give the same decision on every pair of samples, at the cosine threshold for FAR 1 %", async () => {
  const calibration = await bundle.calibrations.bundled(bundle.embedder.model.modelId);
  const table = tableFor(calibration, "cosine", { seconds: 5, bandwidth: "wide" });
  const threshold = (table && pointFor(table, 0.01)?.threshold) ?? Number.NaN;
  const accepted = (by: "service" | "sherpa") =>
    clips.flatMap((a, i) => clips.slice(i + 1).map((b) => cosine(a[by], b[by]) >= threshold));
  expect(accepted("sherpa")).toEqual(accepted("service"));
  expect(new Set(accepted("service")).size).toBe(2);
});
