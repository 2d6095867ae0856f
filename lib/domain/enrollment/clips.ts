import type { ClipInput, Quality } from "../../audio/types.ts";
import { AppError, type Slug } from "../../error.ts";
import type { ClipEmbedding } from "../../ports/model.ts";
import type { Registry } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import type { UnitVector } from "../../score/scoring/vector.ts";
import { isPoor, warningsOf } from "../scoring/probe-quality.ts";
import type { ScoringSetup } from "../scoring/setup.ts";
import { hasMultipleSpeakers } from "./multiple-speakers.ts";

/** A clip that is good enough to enroll. */
export type EnrollClip = {
  input: ClipInput;
  quality: Quality;
  audioSha256: string;
  embedding: UnitVector;
  warnings: readonly string[];
};

/** Net speech below which a clip is not enrolled. */
export const ENROLL_CLIP_SECONDS = 2;

/** Hears all clips; the first that is not good enough, in their order, refuses them all. */
export async function embedClips(
  services: Pick<Services, "embedder">,
  clips: readonly ClipInput[],
  registry: Registry,
  setup: ScoringSetup,
): Promise<EnrollClip[]> {
  const embedded = await Promise.all(clips.map((clip) => services.embedder.embed(clip, { parts: true })));
  const needed = Math.max(ENROLL_CLIP_SECONDS, services.embedder.model.minSpeechSeconds);
  return embedded.map((clip, i) => {
    const refuse = (slug: Slug, why: string) =>
      new AppError(slug, clips.length > 1 ? `Clip ${i + 1} of ${clips.length}: ${why}` : why);
    const embedding = requireSpeech(clip, needed, refuse);
    const several = hasMultipleSpeakers(setup, clip);
    if (several && registry.settings.refuseMultipleSpeakers)
      throw refuse("audio-multiple-speakers", "It seems to hold several voices; record one person alone.");
    const warnings = [...warningsOf(clip.quality), ...(several ? ["multiple-speakers-suspected"] : [])];
    const { quality, audioSha256 } = clip;
    return { input: clips[i], quality, audioSha256, embedding, warnings };
  });
}

export function requireSpeech(
  clip: ClipEmbedding,
  needed: number,
  refuse: (slug: Slug, why: string) => AppError,
): UnitVector {
  const { speechSeconds, clippedFraction, snrDb } = clip.quality;
  if (speechSeconds <= 0) throw refuse("audio-no-speech", "No speech was found; record a person speaking.");
  if (speechSeconds < needed || !clip.embedding) {
    const net = speechSeconds.toFixed(1);
    throw refuse("audio-too-short", `${net} s of net speech were found; ${needed} s are needed.`);
  }
  if (isPoor(clip.quality)) {
    const snr = snrDb === undefined ? "" : `, speech ${snrDb.toFixed(1)} dB over the background`;
    const clipped = (clippedFraction * 100).toFixed(1);
    throw refuse(
      "audio-low-quality",
      `${clipped} % of the samples are clipped${snr}; record again in a quieter place, not too loud.`,
    );
  }
  return clip.embedding;
}
