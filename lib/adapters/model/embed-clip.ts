import { chooseFrames } from "../../audio/features/choose-frames.ts";
import { fbank, selectFrames, subtractMean } from "../../audio/features/fbank.ts";
import { FINGERPRINT_RECIPE, fingerprint } from "../../audio/features/fingerprint.ts";
import { recordedFrames } from "../../audio/features/frame-level.ts";
import { quality } from "../../audio/features/quality.ts";
import { speechFrames } from "../../audio/features/vad.ts";
import { readSamples } from "../../audio/read-samples.ts";
import type { ClipInput, Features } from "../../audio/types.ts";
import type { LearnedSpace } from "../../diarize/voice-space.ts";
import type { ClipEmbedding, EmbedOptions } from "../../ports/model.ts";
import type { UnitVector } from "../../score/scoring/vector.ts";
import { sha256Of } from "../../sha256.ts";
import { type ModelManifest, sameRecipe, USUAL_FRAMES, type VadManifest } from "./manifest.ts";
import type { Network } from "./network.ts";
import { voiceOf } from "./voice.ts";

export type LoadedNetworks = {
  model: ModelManifest;
  vad: VadManifest;
  speaker: Network;
  detector: Network;
  /** For diarization. */
  voiceSpace: LearnedSpace | undefined;
};

/**
 * Long enough for a stable embedding, short enough that alternating speakers end up in different
 * parts.
 */
const PART_SECONDS = 3;

/** Embeds a clip: file -> 16 kHz mono -> log-mel -> speech frames -> embedding. */
export async function embed(
  networks: LoadedNetworks,
  clip: ClipInput,
  options: EmbedOptions = {},
): Promise<ClipEmbedding> {
  const audioSha256 = sha256Of(clip.bytes);
  return embedSamples(networks, { ...(await readSamples(clip)), audioSha256 }, options);
}

/** samples: 16 kHz mono, rounded to 16 bits, as `readSamples` returns them */
export async function embedSamples(
  networks: LoadedNetworks,
  {
    samples,
    sourceRateHz,
    audioSha256,
  }: { samples: Float32Array; sourceRateHz: number; audioSha256: string },
  options: EmbedOptions = {},
): Promise<ClipEmbedding> {
  const recipe = networks.model.features;
  const raw = fbank(samples, recipe);
  const detectable = sameRecipe(recipe, networks.vad.recipe) ? raw : fbank(samples, networks.vad.recipe);
  const describable = sameRecipe(networks.vad.recipe, FINGERPRINT_RECIPE)
    ? detectable
    : fbank(samples, FINGERPRINT_RECIPE);
  const probability = raw.frames > 0 ? await networks.detector.run(detectable) : new Float32Array(0);
  const mask = speechFrames(probability, detectable, networks.vad.threshold);
  const framesPerSecond = 1000 / recipe.shiftMs;
  const enough = mask.reduce((sum, one) => sum + one, 0) >= networks.model.minSpeechSeconds * framesPerSecond;
  // Uses the detector's features, so that the result doesn't depend on a model's sample scale.
  const recorded = recordedFrames(detectable, networks.vad.recipe);
  const chosen = chooseFrames(mask, recorded, framesPerSecond, networks.model.frames ?? USUAL_FRAMES);
  const voiced = enough ? selectFrames(raw, chosen) : raw;
  const embedding =
    enough || (options.evenWithoutSpeech && raw.frames > 0) ? await embedFrames(networks, voiced) : undefined;
  const parts =
    options.parts && enough ? await embedParts(networks, voiced, PART_SECONDS * framesPerSecond) : [];
  return {
    quality: quality(samples, mask, sourceRateHz, detectable),
    audioSha256,
    embedding,
    parts,
    fingerprint: fingerprint(describable, mask),
  };
}

async function embedFrames({ model, speaker }: LoadedNetworks, speech: Features): Promise<UnitVector> {
  const features = model.features.normalize === "mean" ? subtractMean(speech) : speech;
  return voiceOf(model, await speaker.run(features));
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
