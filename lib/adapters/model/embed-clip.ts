import { fbank, selectFrames, subtractMean } from "../../audio/features/fbank.ts";
import { recordedFrames } from "../../audio/features/frame-level.ts";
import { quality } from "../../audio/features/quality.ts";
import { speechFrames, widen } from "../../audio/features/vad.ts";
import { readSamples } from "../../audio/read-samples.ts";
import type { ClipInput, FeatureRecipe, Features } from "../../audio/types.ts";
import type { ClipEmbedding, EmbedOptions } from "../../ports/model.ts";
import { normalize, type UnitVector } from "../../score/scoring/vector.ts";
import { sha256Of } from "../../sha256.ts";
import type { ModelManifest, VadManifest } from "./manifest.ts";
import type { Network } from "./network.ts";

export type LoadedNetworks = { model: ModelManifest; vad: VadManifest; speaker: Network; detector: Network };

/** Long enough for a steady embedding, short enough that two voices in turn fall into different stretches. */
const PART_SECONDS = 3;

/**
 * The pauses between words stay in: training heard them too. Without them EER on sentences rose from 7.3 to 9.0 %
 * (docs/experiments.md). Longer silence goes.
 */
const PAUSE_SECONDS = 0.3;

/** The clip-to-embedding path: file -> 16 kHz mono -> log-mel -> speech frames -> embedding. */
export async function embed(
  networks: LoadedNetworks,
  clip: ClipInput,
  options: EmbedOptions = {},
): Promise<ClipEmbedding> {
  const audioSha256 = sha256Of(clip.bytes);
  const { samples, sourceRateHz } = await readSamples(clip);
  const recipe = networks.model.features;
  const raw = fbank(samples, recipe);
  const detectable = sameRecipe(recipe, networks.vad.recipe) ? raw : fbank(samples, networks.vad.recipe);
  const probability = raw.frames > 0 ? await networks.detector.run(detectable) : new Float32Array(0);
  const mask = speechFrames(probability, detectable, networks.vad.threshold);
  const framesPerSecond = 1000 / recipe.shiftMs;
  const enough = mask.reduce((sum, one) => sum + one, 0) >= networks.model.minSpeechSeconds * framesPerSecond;
  // By the detector's features: what was recorded must not hang on a model's sample scale.
  const recorded = recordedFrames(detectable, networks.vad.recipe);
  const near = widen(mask, PAUSE_SECONDS * framesPerSecond).map((one, frame) => one & recorded[frame]);
  const voiced = enough ? selectFrames(raw, near) : raw;
  const embedding =
    enough || (options.evenWithoutSpeech && raw.frames > 0) ? await embedFrames(networks, voiced) : undefined;
  const parts =
    options.parts && enough ? await embedParts(networks, voiced, PART_SECONDS * framesPerSecond) : [];
  return { quality: quality(samples, mask, sourceRateHz, detectable), audioSha256, embedding, parts };
}

function sameRecipe(a: FeatureRecipe, b: FeatureRecipe): boolean {
  const { normalize: _a, ...x } = a;
  const { normalize: _b, ...y } = b;
  return Object.entries(x).every(([key, value]) => y[key as keyof typeof y] === value);
}

async function embedFrames({ model, speaker }: LoadedNetworks, speech: Features): Promise<UnitVector> {
  const features = model.features.normalize === "mean" ? subtractMean(speech) : speech;
  const output = await speaker.run(features);
  if (output.length !== model.dimension) throw new RangeError(`embedding of ${output.length} values`);
  // normalize refuses NaN and infinity, which a network gives for odd input without an error.
  const unit = normalize(output);
  const { mean } = model;
  return mean ? normalize(unit.map((x, i) => x - mean[i])) : unit;
}

async function embedParts(
  networks: LoadedNetworks,
  speech: Features,
  partFrames: number,
): Promise<UnitVector[]> {
  const count = Math.floor(speech.frames / partFrames);
  if (count < 2) return [];
  const parts: UnitVector[] = [];
  for (let i = 0; i < count; i++) {
    const data = speech.data.subarray(i * partFrames * speech.bins, (i + 1) * partFrames * speech.bins);
    parts.push(await embedFrames(networks, { frames: partFrames, bins: speech.bins, data }));
  }
  return parts;
}
