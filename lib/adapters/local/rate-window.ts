import type { RateAdmission } from "../../ports/decision.ts";
import type { Clock } from "../../ports/world.ts";

const WINDOW_MS = 60_000;
/** Beyond this many counters, those without a request in the window are dropped. */
const KEPT_COUNTERS = 1000;

/** Counts requests in the memory of this process, by a clock that never jumps. */
export function rateWindows(clock: Pick<Clock, "monotonic">) {
  /** The times of the admitted requests of each counter, oldest first. */
  const admitted = new Map<string, readonly number[]>();

  const recentOf = (counter: string, now: number): readonly number[] => {
    const times = admitted.get(counter) ?? [];
    const first = times.findIndex((at) => now - at < WINDOW_MS);
    return first === -1 ? [] : times.slice(first);
  };

  return (counter: string, quota: number): RateAdmission => {
    const now = clock.monotonic();
    if (admitted.size > KEPT_COUNTERS)
      for (const name of admitted.keys()) if (recentOf(name, now).length === 0) admitted.delete(name);
    const recent = recentOf(counter, now);
    const isAdmitted = recent.length < quota;
    const counted = isAdmitted ? [...recent, now] : recent;
    admitted.set(counter, counted);
    const [oldest = now] = counted;
    return {
      admitted: isAdmitted,
      remaining: Math.max(0, quota - counted.length),
      resetSeconds: Math.max(1, Math.ceil((oldest + WINDOW_MS - now) / 1000)),
    };
  };
}
