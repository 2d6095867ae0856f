import { storedFingerprint } from "../../audio/features/fingerprint.ts";
import type { ClipInput, Quality } from "../../audio/types.ts";
import { AppError, type Slug } from "../../error.ts";
import type { ClipEmbedding, Embedder } from "../../ports/model.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import type { UnitVector } from "../../score/scoring/vector.ts";
import { forSpeakersCheck, hasMultipleSpeakers } from "../scoring/multiple-speakers.ts";
import { isPoor, warningsOf } from "../scoring/probe-quality.ts";
import { roundedDown } from "../scoring/speech.ts";

/** A clip that is good enough to enroll. */
export type EnrollClip = {
  input: ClipInput;
  quality: Quality;
  audioSha256: string;
  embedding: UnitVector;
  warnings: readonly string[];
  /** Undefined for an embedding without a recording. */
  fingerprint?: Uint8Array | undefined;
};

/** Net speech that a clip needs to be enrolled, in seconds. */
export const ENROLL_CLIP_SECONDS = 2;

/**
 * Embeds all clips. Throws for the first clip that can't be enrolled, in their order:
 * `audio-no-speech`, `audio-too-short`, `audio-low-quality`, `audio-multiple-speakers`.
 */
export async function embedClips(
  services: Pick<Services, "embedder">,
  clips: readonly ClipInput[],
  registry: Registry,
): Promise<EnrollClip[]> {
  const embedded = await embedInPairs(services.embedder, clips);
  const neededSeconds = Math.max(ENROLL_CLIP_SECONDS, services.embedder.model.minSpeechSeconds);
  return embedded.map(({ input, clip }, i) => {
    const clipError = (slug: Slug, detail: string) =>
      new AppError(slug, clips.length > 1 ? `Clip ${i + 1} of ${clips.length}: ${detail}` : detail);
    const embedding = requireSpeech(clip, neededSeconds, clipError);
    const multiple = hasMultipleSpeakers(services.embedder, clip);
    if (multiple && registry.settings.refuseMultipleSpeakers)
      throw clipError(
        "audio-multiple-speakers",
        "The clip appears to contain more than one speaker. Record one person alone.",
      );
    const warnings = [...warningsOf(clip.quality), ...(multiple ? ["multiple-speakers-suspected"] : [])];
    const { quality, audioSha256 } = clip;
    const fingerprint = storedFingerprint(clip.fingerprint);
    return { input, quality, audioSha256, embedding, warnings, fingerprint };
  });
}

/**
 * Embeds two clips at a time, so that a request with many leaves threads to other requests. Returns
 * them in order. Rejects with the first failure, and then embeds no more.
 */
export async function embedInPairs(embedder: Pick<Embedder, "embed" | "model">, clips: readonly ClipInput[]) {
  const embedded: { input: ClipInput; clip: ClipEmbedding }[] = [];
  const queue = clips.entries();
  let failed = false;
  const work = async () => {
    for (const [index, input] of queue) {
      if (failed) return;
      try {
        embedded[index] = { input, clip: await embedder.embed(input, forSpeakersCheck(embedder)) };
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all([work(), work()]);
  return embedded;
}

/**
 * The clip's embedding; throws `clipError(...)` if it has too little speech or is of poor quality.
 */
export function requireSpeech(
  clip: ClipEmbedding,
  neededSeconds: number,
  clipError: (slug: Slug, detail: string) => AppError,
): UnitVector {
  const { speechSeconds, clippedFraction, snrDb } = clip.quality;
  if (speechSeconds <= 0)
    throw clipError("audio-no-speech", "No speech was found. Record a person speaking.");
  if (speechSeconds < neededSeconds || !clip.embedding) {
    const net = roundedDown(speechSeconds);
    throw clipError("audio-too-short", `The clip has ${net} s of net speech and needs ${neededSeconds} s.`);
  }
  if (isPoor(clip.quality)) {
    const snr =
      snrDb === undefined ? "" : `, and the speech is ${roundedDown(snrDb)} dB above the background noise`;
    const clipped = (clippedFraction * 100).toFixed(1);
    throw clipError(
      "audio-low-quality",
      `${clipped} % of the samples are clipped${snr}. Record again in a quieter place at a lower level.`,
    );
  }
  return clip.embedding;
}
