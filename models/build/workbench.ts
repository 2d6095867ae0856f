import "../../lib/adapters/model/no-telemetry.ts";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import * as ort from "onnxruntime-node";
import { type ModelManifest, readVadManifest } from "../../lib/adapters/model/manifest.ts";
import { workerPool } from "../../lib/adapters/model/pool.ts";
import { cachedEmbed, type EmbedClip } from "../../lib/evaluate/embedding-cache.ts";
import { sha256Of } from "../../lib/sha256.ts";
import type { BuildOptions } from "./options.ts";

export const VAD = "vad";
const NETWORK = "model.onnx";
const NO_DIGEST = "0".repeat(64);

/** What a training run says of itself (training.json), as far as a manifest repeats it; anything may be missing. */
export type Training = {
  name?: string;
  recipe?: string;
  backbone?: string;
  description?: string;
  license?: string;
  features?: ModelManifest["features"];
  sources?: { corpus: string; license: string }[];
};

/** A model that is built has cohort and calibration. */
export type BuiltManifest = ModelManifest & {
  [Part in "calibration" | "cohort"]: NonNullable<ModelManifest[Part]>;
};

/** A manifest with everything that network, training record and options say; the files beside are yet to be made. */
export async function draftManifest(options: BuildOptions, training: Training): Promise<BuiltManifest> {
  const { model, name } = options;
  const bytes = await readFile(join(model, NETWORK));
  // The voice-activity network hears the same log-mel, before the mean is taken off.
  const embedded: ModelManifest["features"] = {
    ...(await readVadManifest(join(model, "..", VAD))).recipe,
    normalize: "mean",
  };
  const features = training.features ?? embedded;
  return {
    name,
    description:
      options.description ??
      training.description ??
      `${training.backbone ?? "Speaker network"}, trained by this project; see README.md beside this file.`,
    file: NETWORK,
    sha256: sha256Of(bytes),
    ...(await shapeOf(bytes, features.melBins)),
    features,
    minSpeechSeconds: options.minSpeechSeconds,
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

/** Names and width, told by the network itself: it is run once on two seconds of nothing. */
async function shapeOf(bytes: Uint8Array, bins: number) {
  const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const { inputNames, outputNames } = session;
  if (inputNames.length !== 1 || outputNames.length !== 1)
    throw new RangeError(
      `${NETWORK} has ${inputNames.length} inputs and ${outputNames.length} outputs, not one each`,
    );
  const [input, output] = [inputNames[0], outputNames[0]];
  const nothing = new ort.Tensor("float32", new Float32Array(200 * bins), [1, 200, bins]);
  const dimension = (await session.run({ [input]: nothing }))[output].data.length;
  await session.release();
  return { input, output, dimension };
}

/**
 * Runs `work` with the ear of the drafted model, loaded from a copy: until a build has succeeded the model's own folder
 * stays as it was.
 */
export async function withEmbed<T>(
  options: Pick<BuildOptions, "cache" | "model" | "workers">,
  manifest: ModelManifest,
  work: (embedClip: EmbedClip) => Promise<T>,
): Promise<T> {
  const bench = await mkdtemp(join(tmpdir(), "voiceroll-build-"));
  const folder = join(bench, basename(options.model));
  try {
    await cp(options.model, folder, { recursive: true });
    await cp(join(dirname(options.model), VAD), join(bench, VAD), { recursive: true });
    await writeFile(join(folder, "model.json"), JSON.stringify(manifest));
    const pool = await workerPool(folder, options.workers);
    return await work(await cachedEmbed(pool, folder, options.cache)).finally(() => pool.close());
  } finally {
    await rm(bench, { recursive: true });
  }
}
