import type { Quality } from "../../audio/types.ts";
import type { ClipEmbedding } from "../../ports/model.ts";
import type { Reason } from "../../schema/decision.ts";
import type { UnitVector } from "../../score/scoring/vector.ts";

/** A probe with less net speech gets no score. */
const PROBE_SECONDS = 1;
/** A decision on less net speech is flagged as low evidence. */
const SHORT_PROBE_SECONDS = 4;
/**
 * A clip beyond these limits is rejected at enrollment and gets a warning as a probe. The retired
 * Azure service had the same limit of 2 dB.
 */
const MAX_CLIPPED_FRACTION = 0.1;
const MIN_SNR_DB = 2;
/**
 * Below this active level the rounding to 16 bits is audible: turned down to it, half of 40
 * development clips have a cosine under 0.93 to themselves, and a tenth under 0.84
 * (docs/experiments.md).
 */
const MIN_LEVEL_DB = -60;

/**
 * Two takes of the same words by one voice stay below this cosine; a re-encoded copy exceeds it.
 */
export const SAME_RECORDING_COSINE = 0.995;

/** The probe's embedding, or the reason why it gets no score. */
export function probeVoice(
  probe: Pick<ClipEmbedding, "embedding" | "quality">,
): { voice: UnitVector } | { reason: Reason } {
  const { speechSeconds } = probe.quality;
  if (speechSeconds <= 0) return { reason: "no_speech" };
  if (speechSeconds < PROBE_SECONDS || !probe.embedding) return { reason: "not_enough_speech" };
  return { voice: probe.embedding };
}

export const isShort = (quality: Quality): boolean => quality.speechSeconds < SHORT_PROBE_SECONDS;

export const isPoor = (quality: Quality): boolean =>
  quality.clippedFraction > MAX_CLIPPED_FRACTION || (quality.snrDb ?? MIN_SNR_DB) < MIN_SNR_DB;

/** Warnings about a clip that is accepted. */
export function warningsOf(quality: Quality): string[] {
  return [
    ...(isPoor(quality) ? ["low-quality"] : []),
    ...((quality.levelDb ?? MIN_LEVEL_DB) < MIN_LEVEL_DB ? ["too-quiet"] : []),
    ...(quality.bandwidth === "telephone" ? ["narrow-band"] : []),
  ];
}
