import { AppError } from "../error.ts";
import type { Services } from "../ports/services.ts";
import { tally } from "../tally.ts";

const ATTEMPTS = 12;
const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 1000;

export const isContention = (error: unknown): boolean =>
  error instanceof AppError && error.slug === "write-contention";

/**
 * Runs `attempt` again while it rejects with `write-contention`, at most 12 times. Waits a
 * uniformly random time below a doubling bound in between ("full jitter":
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 */
export async function untilCommitted<T>(
  services: Pick<Services, "clock" | "random">,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let lost = 0; lost < ATTEMPTS; lost++) {
    if (lost > 0) {
      tally("contentions");
      const bound = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (lost - 1));
      await services.clock.sleep(services.random.unit() * bound);
    }
    try {
      return await attempt();
    } catch (error) {
      if (!isContention(error)) throw error;
    }
  }
  throw new AppError("write-contention", "Other requests kept changing the same data. Try again.", {
    retryAfterSeconds: 1,
  });
}
