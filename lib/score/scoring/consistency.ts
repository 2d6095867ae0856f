import type { ConsistencyCheck, ConsistencyPoint } from "./types.ts";

/**
 * Returns the limit for a voiceprint of `clips` clips: that of the largest measured number that
 * isn't above it. Undefined if none was measured for the method and the bandwidth.
 */
export function consistencyPoint(
  check: ConsistencyCheck | undefined,
  { method, bandwidth, clips }: Pick<ConsistencyPoint, "bandwidth" | "clips" | "method">,
): ConsistencyPoint | undefined {
  return check?.points
    .filter((point) => point.method === method && point.bandwidth === bandwidth && point.clips <= clips)
    .reduce<ConsistencyPoint | undefined>(
      (most, point) => (most && most.clips > point.clips ? most : point),
      undefined,
    );
}
