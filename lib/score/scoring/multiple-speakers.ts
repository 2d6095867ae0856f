import type { Bandwidth } from "../../audio/types.ts";
import { twoVoicesEvidence } from "./speaker-split.ts";
import type { TwoCovariance } from "./two-covariance.ts";
import type { MeasuredRate } from "./types.ts";
import type { UnitVector } from "./vector.ts";

/** The limit for clips with about so much speech, and the rates measured there. */
export type SpeakersPoint = {
  bandwidth: Bandwidth;
  /** Net speech. */
  seconds: number;
  /** A clip with more evidence of two voices (twoVoicesEvidence) is reported. */
  limit: number;
  /**
   * `falseAlarms`: clips of one person that are reported; `misses`: clips of two people, half and
   * half, that aren't.
   */
  measured: { falseAlarms: MeasuredRate; misses: MeasuredRate };
};

/**
 * The check that a clip contains one person. Belongs to a model: its limits are measured for the
 * durations and bandwidths that they apply to, and no registry's calibration changes them.
 */
export type SpeakersCheck = {
  /** The share of clips of one person that the limits were set for. */
  falseAlarms: number;
  source: string;
  spaces: Record<Bandwidth, TwoCovariance>;
  points: readonly SpeakersPoint[];
};

/** Whether the windows of a clip show more than one person. False if too few were taken. */
export function showsMultipleSpeakers(
  check: SpeakersCheck,
  clip: { windows: readonly UnitVector[]; weight: number; bandwidth: Bandwidth; seconds: number },
): boolean {
  const { windows, weight, bandwidth, seconds } = clip;
  const limit = speakersLimit(check, { bandwidth, seconds });
  const evidence = twoVoicesEvidence(check.spaces[bandwidth], windows, weight);
  return limit !== undefined && evidence !== undefined && evidence > limit;
}

/**
 * Returns the limit for an amount of speech: between two points on a line over the logarithm of the
 * seconds, beyond them the nearest point's. Undefined if none was measured for the bandwidth.
 */
export function speakersLimit(
  { points }: Pick<SpeakersCheck, "points">,
  { bandwidth, seconds }: Pick<SpeakersPoint, "bandwidth" | "seconds">,
): number | undefined {
  const own = points.filter((point) => point.bandwidth === bandwidth).sort((a, b) => a.seconds - b.seconds);
  const below = own.findLast((point) => point.seconds <= seconds);
  const above = own.find((point) => point.seconds > seconds);
  if (!below || !above) return (below ?? above)?.limit;
  const part = Math.log(seconds / below.seconds) / Math.log(above.seconds / below.seconds);
  return below.limit + part * (above.limit - below.limit);
}
