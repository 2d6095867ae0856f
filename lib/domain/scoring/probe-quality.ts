import type { Quality } from "../../audio/types.ts";
import type { ClipEmbedding } from "../../ports/model.ts";
import type { Reason } from "../../schema/decision.ts";
import type { UnitVector } from "../../score/scoring/vector.ts";

/** Net speech below which a probe gives no score, and below which a decision is flagged. */
const PROBE_SECONDS = 1;
const SHORT_PROBE_SECONDS = 4;
/** Worse than this is refused at enrollment and warned of in a probe; 2 dB was the retired Azure service's floor. */
const MAX_CLIPPED_FRACTION = 0.1;
const MIN_SNR_DB = 2;

/** Another recording of the same words by the same voice stays below; a re-encoded copy does not. */
export const SAME_RECORDING_COSINE = 0.995;

/** The probe's voice, or why there is no score. */
export function probeVoice(probe: ClipEmbedding): { voice: UnitVector } | { reason: Reason } {
  const { speechSeconds } = probe.quality;
  if (speechSeconds <= 0) return { reason: "no_speech" };
  if (speechSeconds < PROBE_SECONDS || !probe.embedding) return { reason: "not_enough_speech" };
  return { voice: probe.embedding };
}

export const isShort = (quality: Quality): boolean => quality.speechSeconds < SHORT_PROBE_SECONDS;

export const isPoor = (quality: Quality): boolean =>
  quality.clippedFraction > MAX_CLIPPED_FRACTION || (quality.snrDb ?? MIN_SNR_DB) < MIN_SNR_DB;

/** What a caller should know about a clip that is taken all the same. */
export function warningsOf(quality: Quality): string[] {
  return [
    ...(isPoor(quality) ? ["low-quality"] : []),
    ...(quality.bandwidth === "telephone" ? ["narrow-band"] : []),
  ];
}
