/**
 * Makes everything beside model.onnx that a bundled model needs, through the same clip-to-embedding path that
 * serves requests: cohort, calibration, golden clip, model.json.
 *
 *   npm run model:build -- --speech DIR [--model models/ecapa-c192] [--workers 2]
 */
import { createHash } from "node:crypto";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { BUNDLED_MODEL, modelIdOf, modelOf } from "../../lib/adapters/onnx/bundle.ts";
import { loadModel } from "../../lib/adapters/onnx/load.ts";
import { type ModelManifest, readVadManifest } from "../../lib/adapters/onnx/manifest.ts";
import { workerPool } from "../../lib/adapters/onnx/pool.ts";
import { makeId } from "../../lib/id.ts";
import type { Embedder } from "../../lib/ports.ts";
import type { Cohort } from "../../lib/score/types.ts";
import { fitTables } from "./calibrate.ts";
import { cohortRows, embedSpeakers } from "./cohort.ts";
import { readHeldOut, readTrainClips } from "./corpus.ts";
import { UNRELIABLE_LABELS, withoutTwins } from "./label-noise.ts";
import { calibrationTrials } from "./trials.ts";

const ROOT = join(import.meta.dirname, "../..");
const DIMENSION = 192;
const VAD = "vad";
/** Adaptive S-norm is flat between 100 and 400 nearest impostors of some thousands (Matejka et al. 2017). */
const TOP_N = 200;
const DEFAULT_FAR = 0.01;
const GOLDEN_SAMPLE = join(ROOT, "samples/awb/1.wav");

const { values } = parseArgs({
  options: {
    speech: { type: "string" },
    model: { type: "string", default: BUNDLED_MODEL },
    workers: { type: "string", default: "2" },
  },
});
if (!values.speech) throw new RangeError("say where the speech is: --speech DIR");
const folder = values.model;
const workers = Number(values.workers);
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const round = (x: number, digits: number) => Number(x.toFixed(digits));

const training = JSON.parse(await readFile(join(folder, "training.json"), "utf8"));
const manifest: ModelManifest = {
  name: training.recipe,
  description: "ECAPA-TDNN with 192 channels, trained by this project; see README.md beside this file.",
  file: "model.onnx",
  sha256: sha256(await readFile(join(folder, "model.onnx"))),
  input: "features",
  output: "embedding",
  dimension: DIMENSION,
  // The voice-activity network hears the same log-mel, before the mean is taken off.
  features: { ...(await readVadManifest(join(folder, "..", VAD))).recipe, normalise: "mean" },
  minSpeechSeconds: 0.3,
  vad: VAD,
  golden: { file: "golden.wav", sha256: "0".repeat(64), embedding: [] },
  cohort: { file: "cohort.bin", sha256: "0".repeat(64), size: 1, topN: TOP_N, source: "" },
  calibration: { file: "calibration.json", sha256: "0".repeat(64) },
  licence: "Apache-2.0 for the file; parts of the training data are non-commercial, see README.md",
  trainedOn: training.sources.map((source: { corpus: string }) => source.corpus),
  errorRates: {},
};
const save = () => writeFile(join(folder, "model.json"), `${JSON.stringify(manifest, undefined, 1)}\n`);

async function withEmbedder<T>(work: (embedder: Embedder) => Promise<T>): Promise<T> {
  await save();
  const pool = await workerPool(folder, workers);
  const embedder = { model: modelOf(manifest, modelIdOf(manifest.sha256)), ...pool };
  return work(embedder).finally(() => pool.close());
}

const clips = await readTrainClips(values.speech);
const heldOut = await readHeldOut(join(ROOT, "models/training/held-out.txt"));

const speakers = await withEmbedder((embedder) =>
  embedSpeakers(
    embedder,
    clips.filter(({ speaker }) => !heldOut.has(speaker)),
    workers * 2,
  ),
);
const rows = cohortRows(speakers, DIMENSION);
const rowBytes = new Uint8Array(rows.buffer);
await writeFile(join(folder, "cohort.bin"), rowBytes);
manifest.cohort = {
  file: "cohort.bin",
  sha256: sha256(rowBytes),
  size: speakers.length,
  topN: TOP_N,
  source: "one voiceprint per training speaker",
};
const cohort: Cohort = {
  id: makeId("coh", createHash("sha256").update(rowBytes).digest().subarray(0, 16)),
  modelId: modelIdOf(manifest.sha256),
  size: speakers.length,
  dimension: DIMENSION,
  topN: TOP_N,
  rows,
};

const calibrating = clips.filter(
  ({ speaker, corpus }) => heldOut.has(speaker) && !UNRELIABLE_LABELS.has(corpus),
);
const trials = await withEmbedder((embedder) => calibrationTrials(embedder, cohort, calibrating, workers));
const { twins, kept } = withoutTwins(trials);
const fitted = fitTables(kept);
const calibration = {
  defaultFar: DEFAULT_FAR,
  source: `${new Set(calibrating.map(({ speaker }) => speaker)).size} speakers held out of training, impostors of the same corpus, without the likely twins ${twins.join(", ") || "(none)"}`,
  tables: fitted.tables,
};
await writeFile(join(folder, "calibration.json"), `${JSON.stringify(calibration, undefined, 1)}\n`);
manifest.calibration.sha256 = sha256(await readFile(join(folder, "calibration.json")));
manifest.errorRates = { heldOutEer: fitted.eer };

await copyFile(GOLDEN_SAMPLE, join(folder, "golden.wav"));
const goldenBytes = await readFile(join(folder, "golden.wav"));
await save();
const loaded = await loadModel(folder);
const golden = await loaded.hear({ bytes: goldenBytes });
if (!golden.embedding) throw new RangeError("the golden clip has no speech");
manifest.golden = {
  file: "golden.wav",
  sha256: sha256(goldenBytes),
  embedding: [...golden.embedding].map((x) => round(x, 6)),
};
await save();
await loaded.release();
console.log(JSON.stringify({ cohort: speakers.length, trials: kept.length, twins, ...manifest.errorRates }));
