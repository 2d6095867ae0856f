import { join } from "node:path";
import { fbank } from "../../audio/features/fbank.ts";
import { frameGrid, isWaveform } from "../../audio/features/model-input.ts";
import type { ClipInput, FeatureRecipe, InputRecipe, Piece, Recording } from "../../audio/types.ts";
import type { LearnedSpace } from "../../diarize/voice-space.ts";
import type { ClipEmbedding, Embedder, EmbedOptions, HeardFrames } from "../../ports/model.ts";
import { cosine, normalize } from "../../score/scoring/vector.ts";
import { cutClip } from "./cut-clip.ts";
import { diarizeSamples } from "./diarize.ts";
import { embed, type LoadedNetworks } from "./embed-clip.ts";
import {
  type ModelManifest,
  modelUnavailable,
  readChecked,
  readModelManifest,
  readVadManifest,
  vadFolderOf,
} from "./manifest.ts";
import { openNetwork } from "./network.ts";
import type { PartFolders } from "./part.ts";
import { readRecording } from "./read-recording.ts";
import { openSegmentation } from "./segmentation.ts";
import { openSpoofDetector } from "./spoof.ts";
import { decodeVoiceSpace } from "./voice-space-file.ts";

/** A loaded model in this thread. */
type Loaded = {
  networks: LoadedNetworks;
  embed(clip: ClipInput, options?: EmbedOptions): Promise<ClipEmbedding>;
  hear: Embedder["hear"];
  cut(recording: Recording, piece?: Piece): Promise<ClipInput>;
  diarize: Embedder["diarize"];
  check(): Promise<void>;
  release(): Promise<void>;
};

const MIN_PARITY = 0.9999;

/**
 * Loads a model in this thread.
 *
 * folder  models/<name>
 * parts   the folders of the installed parts. The segmentation network is opened for each
 *         recording to diarize: other work doesn't need it
 *
 * Rejects with `model-unavailable` if a file is missing, has another SHA-256 digest than its
 * manifest states, or isn't valid ONNX.
 */
export async function loadModel(folder: string, { segmentation, spoof }: PartFolders = {}): Promise<Loaded> {
  try {
    const networks = await openNetworks(folder, spoof);
    return {
      networks,
      embed: (clip, options) => embed(networks, clip, options),
      cut: (recording, piece) => cutClip(networks, recording, piece),
      hear: (samples) => hear(networks, samples),
      async diarize(recording, options = {}) {
        const openSegmenter = segmentation === undefined ? undefined : () => openPart(segmentation);
        return diarizeSamples(networks, await readRecording(recording), { ...options, openSegmenter });
      },
      check: () => checkGolden(networks, folder),
      release: async () => {
        await networks.speaker.release();
        await networks.detector.release();
        await networks.spoof?.release();
      },
    };
  } catch (cause) {
    throw modelUnavailable(cause);
  }
}

async function hear({ vad, detector }: LoadedNetworks, samples: Float32Array): Promise<HeardFrames> {
  const features = fbank(samples, vad.recipe);
  const probability = features.frames > 0 ? await detector.run(features) : new Float32Array(0);
  return { probability, threshold: vad.threshold };
}

const openPart = (folder: string) =>
  openSegmentation(folder).catch((cause) => {
    throw modelUnavailable(cause);
  });

async function openNetworks(folder: string, spoof: string | undefined): Promise<LoadedNetworks> {
  const model = await readModelManifest(folder);
  const vadFolder = vadFolderOf(folder, model);
  const vad = await readVadManifest(vadFolder);
  requireSameGrid(model.features, vad.recipe);
  const [speakerBytes, vadBytes] = await Promise.all([
    readChecked(join(folder, model.file), model.sha256),
    readChecked(join(vadFolder, "vad.onnx"), vad.sha256),
  ]);
  const [speaker, detector] = await Promise.all([
    openNetwork(speakerBytes, { ...model, waveform: isWaveform(model.features) }),
    openNetwork(vadBytes, vad),
  ]);
  return {
    ...{ model, vad, speaker, detector },
    spoof: spoof === undefined ? undefined : await openSpoofDetector(spoof),
    voiceSpace: await readVoiceSpace(folder, model),
  };
}

async function readVoiceSpace(
  folder: string,
  { voiceSpace, dimension }: Pick<ModelManifest, "dimension" | "voiceSpace">,
): Promise<LearnedSpace | undefined> {
  if (!voiceSpace) return undefined;
  return decodeVoiceSpace(await readChecked(join(folder, voiceSpace.file), voiceSpace.sha256), dimension);
}

/** The detector decides which frames are speech, so both networks must use the same frames. */
function requireSameGrid(recipe: InputRecipe, vad: FeatureRecipe): void {
  const model = frameGrid(recipe);
  if (model.windowMs === vad.windowMs && model.shiftMs === vad.shiftMs) return;
  throw new Error(
    `the model's frames are ${model.windowMs}/${model.shiftMs} ms, but the voice-activity network's are ` +
      `${vad.windowMs}/${vad.shiftMs} ms`,
  );
}

/**
 * Checks that the whole path, from file to embedding, still gives the embedding it gave when the
 * model was built.
 */
async function checkGolden(networks: LoadedNetworks, folder: string): Promise<void> {
  const { file, sha256, embedding } = networks.model.golden;
  const parity = await readChecked(join(folder, file), sha256)
    .then((bytes) => embed(networks, { bytes, mediaType: "audio/wav" }))
    .then((embedded) => (embedded.embedding ? cosine(embedded.embedding, normalize(embedding)) : 0))
    .catch((cause) => {
      throw modelUnavailable(cause);
    });
  if (!(parity > MIN_PARITY)) {
    throw modelUnavailable(
      new Error(
        `the golden clip's embedding has cosine ${parity} to the stored one; it must exceed ${MIN_PARITY}`,
      ),
    );
  }
}
