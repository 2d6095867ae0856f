import "../../lib/adapters/model/no-telemetry.ts";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import * as ort from "onnxruntime-node";
import { type ModelManifest, readVadManifest } from "../../lib/adapters/model/manifest.ts";
import { tensorShape } from "../../lib/adapters/model/network.ts";
import { workerPool } from "../../lib/adapters/model/pool.ts";
import { inputBins, isWaveform } from "../../lib/audio/features/model-input.ts";
import type { InputRecipe } from "../../lib/audio/types.ts";
import { cachedEmbed, type EmbedClip } from "../../lib/evaluate/embedding-cache.ts";
import { sha256Of } from "../../lib/sha256.ts";
import type { BuildOptions } from "./options.ts";
import type { CohortBands } from "./worst-corpus.ts";

const VAD = "vad";
const NETWORK = "model.onnx";
const NO_DIGEST = "0".repeat(64);

/** What a build uses of training.json; every field may be missing. */
export type Training = {
  name?: string;
  recipe?: string;
  backbone?: string;
  description?: string;
  license?: string;
  features?: ModelManifest["features"];
  frames?: ModelManifest["frames"];
  /** Where the likelihood ratio of a cosine depends on the nearest cohort voices. */
  cohortMeasures?: CohortBands;
  sources?: { corpus: string; license: string }[];
};

/** The manifest of a built model always has a cohort and a calibration. */
export type BuiltManifest = ModelManifest & {
  [Part in "calibration" | "cohort"]: NonNullable<ModelManifest[Part]>;
};

/**
 * Drafts a manifest from the network, the training record and the options, before the other files
 * are made.
 */
export async function draftManifest(options: BuildOptions, training: Training): Promise<BuiltManifest> {
  const { model, name } = options;
  const bytes = await readFile(join(model, NETWORK));
  // The voice-activity network uses the same log-mel, before the mean is subtracted.
  const vadFeatures: ModelManifest["features"] = {
    ...(await readVadManifest(join(model, "..", VAD))).recipe,
    normalize: "mean",
  };
  const features = training.features ?? vadFeatures;
  return {
    name,
    description:
      options.description ??
      training.description ??
      `${training.backbone ?? "Speaker network"}, trained by this project; see README.md in this folder.`,
    file: NETWORK,
    sha256: sha256Of(bytes),
    ...(await shapeOf(bytes, features)),
    features,
    minSpeechSeconds: options.minSpeechSeconds,
    ...(training.frames && { frames: training.frames }),
    vad: VAD,
    golden: { file: "golden.wav", sha256: NO_DIGEST, embedding: [] },
    cohort: { file: "cohort.bin", sha256: NO_DIGEST, size: 1, topN: options.topN, source: "" },
    calibration: { file: "calibration.json", sha256: NO_DIGEST },
    license:
      training.license ??
      "Apache-2.0 for the file; parts of the training data are non-commercial, see README.md",
    trainedOn: (training.sources ?? []).map(({ corpus }) => corpus),
    errorRates: {},
  };
}

/**
 * Reads the names and the dimension from the network, by running it once on two seconds of zeros.
 */
async function shapeOf(bytes: Uint8Array, recipe: InputRecipe) {
  const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const { inputNames, outputNames } = session;
  if (inputNames.length !== 1 || outputNames.length !== 1)
    throw new RangeError(
      `${NETWORK} has ${inputNames.length} inputs and ${outputNames.length} outputs; it must have one of each`,
    );
  const input = inputNames[0];
  const output = outputNames[0];
  const size = { frames: 200, bins: inputBins(recipe) };
  const shape = tensorShape(size, 1, isWaveform(recipe));
  const zeros = new ort.Tensor("float32", new Float32Array(size.frames * size.bins), shape);
  const dimension = (await session.run({ [input]: zeros }))[output].data.length;
  await session.release();
  return { input, output, dimension };
}

/**
 * Runs `work` with the drafted model, loaded from a copy, so that the model's own folder doesn't
 * change until a build has succeeded.
 */
export async function withEmbed<T>(
  options: Pick<BuildOptions, "cache" | "model" | "workers">,
  manifest: ModelManifest,
  work: (embedClip: EmbedClip) => Promise<T>,
): Promise<T> {
  const copy = await mkdtemp(join(tmpdir(), "voiceroll-build-"));
  const folder = join(copy, basename(options.model));
  try {
    await cp(options.model, folder, { recursive: true });
    await cp(join(dirname(options.model), VAD), join(copy, VAD), { recursive: true });
    await writeFile(join(folder, "model.json"), JSON.stringify(manifest));
    const pool = await workerPool(folder, options.workers);
    return await work(await cachedEmbed(pool, folder, options.cache)).finally(() => pool.close());
  } finally {
    await rm(copy, { recursive: true });
  }
}
