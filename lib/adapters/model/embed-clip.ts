import { chooseFrames } from "../../audio/features/choose-frames.ts";
import { fbank, selectFrames, subtractMean } from "../../audio/features/fbank.ts";
import { FINGERPRINT_RECIPE, fingerprint } from "../../audio/features/fingerprint.ts";
import { recordedFrames } from "../../audio/features/frame-level.ts";
import { frameGrid, modelInput, subtractsMean } from "../../audio/features/model-input.ts";
import { quality } from "../../audio/features/quality.ts";
import { speechFrames } from "../../audio/features/vad.ts";
import { readSamples } from "../../audio/read-samples.ts";
import type { ClipInput, Features } from "../../audio/types.ts";
import type { LearnedSpace } from "../../diarize/voice-space.ts";
import type { ClipEmbedding, EmbedOptions, SpoofScore } from "../../ports/model.ts";
import type { UnitVector } from "../../score/scoring/vector.ts";
import { sha256Of } from "../../sha256.ts";
import { type ModelManifest, sameRecipe, USUAL_FRAMES, type VadManifest } from "./manifest.ts";
import type { Network } from "./network.ts";
import type { SpoofDetector } from "./spoof.ts";
import { voiceOf } from "./voice.ts";
import { embedWindows, NO_WINDOWS } from "./windows.ts";

export type LoadedNetworks = {
  model: ModelManifest;
  vad: VadManifest;
  speaker: Network;
  detector: Network;
  /** Undefined: none is installed. */
  spoof: SpoofDetector | undefined;
  /** For diarization. */
  voiceSpace: LearnedSpace | undefined;
};

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
  const detectable = fbank(samples, networks.vad.recipe);
  const raw = sameRecipe(recipe, networks.vad.recipe) ? detectable : modelInput(samples, recipe);
  const describable = sameRecipe(networks.vad.recipe, FINGERPRINT_RECIPE)
    ? detectable
    : fbank(samples, FINGERPRINT_RECIPE);
  const probability = raw.frames > 0 ? await networks.detector.run(detectable) : new Float32Array(0);
  const mask = speechFrames(probability, detectable, networks.vad.threshold);
  const { shiftMs } = frameGrid(recipe);
  const framesPerSecond = 1000 / shiftMs;
  const enough = mask.reduce((sum, one) => sum + one, 0) >= networks.model.minSpeechSeconds * framesPerSecond;
  // Uses the detector's features, so that the result doesn't depend on a model's sample scale.
  const recorded = recordedFrames(detectable, networks.vad.recipe);
  const chosen = chooseFrames(mask, recorded, framesPerSecond, networks.model.frames ?? USUAL_FRAMES);
  const voiced = enough ? selectFrames(raw, chosen) : raw;
  const embedding =
    enough || (options.evenWithoutSpeech && raw.frames > 0) ? await embedFrames(networks, voiced) : undefined;
  const windows =
    options.windows && enough
      ? await embedWindows((one) => embedFrames(networks, one), voiced, shiftMs)
      : NO_WINDOWS;
  return {
    quality: quality(samples, mask, sourceRateHz, detectable),
    audioSha256,
    embedding,
    windows,
    fingerprint: fingerprint(describable, mask),
    spoof: options.spoof && enough ? await spoofOf(networks, samples, mask) : undefined,
  };
}

/** Hears the clip from its first speech on. mask: one value for each frame of 10 ms */
async function spoofOf(
  { spoof, model }: LoadedNetworks,
  samples: Float32Array,
  mask: Uint8Array,
): Promise<SpoofScore | undefined> {
  if (!spoof) return undefined;
  const first = mask.indexOf(1) * Math.round(frameGrid(model.features).shiftMs * 16);
  return {
    score: await spoof.score(samples.subarray(Math.min(first, samples.length - 1))),
    model: spoof.name,
  };
}

async function embedFrames({ model, speaker }: LoadedNetworks, speech: Features): Promise<UnitVector> {
  const features = subtractsMean(model.features) ? subtractMean(speech) : speech;
  return voiceOf(model, await speaker.run(features));
}
