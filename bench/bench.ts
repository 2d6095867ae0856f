/** `npm run bench`: prints one JSON line per measurement. Timings are never asserted. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { BUNDLED_MODEL } from "../lib/adapters/model/bundled-model.ts";
import { loadModel } from "../lib/adapters/model/load.ts";
import { modelInput } from "../lib/audio/features/model-input.ts";
import { readSamples } from "../lib/audio/read-samples.ts";
import { wavOf } from "../models/build/wav.ts";
import { percentile } from "../test/support/percentile.ts";
import { benchEvaluation } from "./evaluation.ts";
import { benchGallery } from "./gallery/identify.ts";
import { machine, print, timed } from "./measure.ts";
import { benchModels } from "./models.ts";
import { benchRequests } from "./request-cost.ts";
import { benchServer } from "./server.ts";

const SAMPLES = join(import.meta.dirname, "../samples");

// `npm run bench -- --model data/models/NAME` measures more models next to the bundled one.
const { values } = parseArgs({ options: { model: { type: "string", multiple: true } } });
print("machine", machine());
const { samples } = await readSamples({ bytes: await readFile(join(SAMPLES, "awb/1.wav")) });
const threeSeconds = samples.slice(0, 48000);
const clip = wavOf(threeSeconds);

const loaded = await loadModel(BUNDLED_MODEL);
const recipe = loaded.networks.model.features;
const mel = await timed(200, () => modelInput(threeSeconds, recipe));
print("fbank-3s", { p50Ms: percentile(mel, 0.5), p99Ms: percentile(mel, 0.99), threads: 1 });
const features = modelInput(threeSeconds, recipe);
const vad = await timed(200, () => loaded.networks.detector.run(features));
print("speech-detection-3s", { p50Ms: percentile(vad, 0.5), p99Ms: percentile(vad, 0.99), threads: 1 });
const net = await timed(200, () => loaded.networks.speaker.run(features));
print("embedding-3s", { p50Ms: percentile(net, 0.5), p99Ms: percentile(net, 0.99), threads: 1 });
const whole = await timed(100, () => loaded.embed({ bytes: clip }));
const p50 = percentile(whole, 0.5);
print("clip-to-embedding-3s", {
  p50Ms: p50,
  p99Ms: percentile(whole, 0.99),
  clipsPerSecondPerCore: 1000 / p50,
});
const tenSeconds = wavOf(Float32Array.from({ length: 160_000 }, (_, i) => samples[i % samples.length]));
const alone = await timed(50, () => loaded.embed({ bytes: tenSeconds }));
const checked = await timed(50, () => loaded.embed({ bytes: tenSeconds }, { windows: true }));
print("clip-to-embedding-10s", {
  p50Ms: percentile(alone, 0.5),
  withWindowsP50Ms: percentile(checked, 0.5),
});
await loaded.release();
await benchModels([BUNDLED_MODEL, ...(values.model ?? [])], clip);

await benchRequests(SAMPLES, samples);
await benchServer(SAMPLES, clip, samples);
for (const size of [1_000, 10_000, 100_000]) await benchGallery(size, clip);
await benchEvaluation(samples, 5_000, 100_000);
