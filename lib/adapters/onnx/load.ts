import { join } from "node:path";
import type { ClipInput, FeatureRecipe } from "../../audio/types.ts";
import type { HeardClip, HearOptions } from "../../ports.ts";
import { cosine, normalize } from "../../score/vector.ts";
import { type Ears, hear } from "./hear.ts";
import {
  modelUnavailable,
  readChecked,
  readModelManifest,
  readVadManifest,
  vadFolderOf,
} from "./manifest.ts";
import { openNetwork } from "./network.ts";

/** A loaded model in this thread. */
export type Loaded = {
  ears: Ears;
  hear(clip: ClipInput, options?: HearOptions): Promise<HeardClip>;
  check(): Promise<void>;
  release(): Promise<void>;
};

const MIN_PARITY = 0.9999;

/**
 * folder  models/<name>
 * Rejects with `model-unavailable` where a file is missing, has another sha256 than its manifest says, or is no ONNX.
 */
export async function loadModel(folder: string): Promise<Loaded> {
  try {
    const ears = await openEars(folder);
    return {
      ears,
      hear: (clip, options) => hear(ears, clip, options),
      check: () => checkGolden(ears, folder),
      release: async () => {
        await ears.speaker.release();
        await ears.detector.release();
      },
    };
  } catch (cause) {
    throw modelUnavailable(cause);
  }
}

async function openEars(folder: string): Promise<Ears> {
  const model = await readModelManifest(folder);
  const vadFolder = vadFolderOf(folder, model);
  const vad = await readVadManifest(vadFolder);
  requireSameGrid(model.features, vad.recipe);
  const [speakerBytes, vadBytes] = await Promise.all([
    readChecked(join(folder, model.file), model.sha256),
    readChecked(join(vadFolder, "vad.onnx"), vad.sha256),
  ]);
  const [speaker, detector] = await Promise.all([
    openNetwork(speakerBytes, model.input, model.output),
    openNetwork(vadBytes, vad.input, vad.output),
  ]);
  return { model, vad, speaker, detector };
}

/** The detector says which frames are speech, so both must cut time alike. */
function requireSameGrid(model: FeatureRecipe, vad: FeatureRecipe): void {
  if (model.windowMs === vad.windowMs && model.shiftMs === vad.shiftMs) return;
  throw new Error(
    `the model's frames are ${model.windowMs}/${model.shiftMs} ms, the voice-activity network's ${vad.windowMs}/${vad.shiftMs} ms`,
  );
}

/** The whole path, file to embedding, must give what it gave when the model was built. */
async function checkGolden(ears: Ears, folder: string): Promise<void> {
  const { file, sha256, embedding } = ears.model.golden;
  const parity = await readChecked(join(folder, file), sha256)
    .then((bytes) => hear(ears, { bytes, mediaType: "audio/wav" }))
    .then((heard) => (heard.embedding ? cosine(heard.embedding, normalize(embedding)) : 0))
    .catch((cause) => {
      throw modelUnavailable(cause);
    });
  if (!(parity > MIN_PARITY)) {
    throw modelUnavailable(new Error(`the golden clip's embedding has cosine ${parity} to the stored one`));
  }
}
