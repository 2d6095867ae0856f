import type { ConsistencyCheck, ConsistencyPoint } from "./types.ts";

/**
 * Returns the limit for a voiceprint of `clips` clips: that of the largest measured number that
 * isn't above it. Undefined if none was measured for the bandwidth.
 */
export function consistencyPoint(
  check: ConsistencyCheck | undefined,
  { bandwidth, clips }: Pick<ConsistencyPoint, "bandwidth" | "clips">,
): ConsistencyPoint | undefined {
  return check?.points
    .filter((point) => point.bandwidth === bandwidth && point.clips <= clips)
    .reduce<ConsistencyPoint | undefined>(
      (most, point) => (most && most.clips > point.clips ? most : point),
      undefined,
    );
}
