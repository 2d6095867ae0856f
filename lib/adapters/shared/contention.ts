import { AppError } from "../../error.ts";
import type { Clock, Random } from "../../ports/world.ts";

const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 400;

/** The error of a write that lost against another writer. */
export const contention = (
  detail = "Another writer changed this first. Try again.",
  cause?: unknown,
): AppError => new AppError("write-contention", detail, { cause, retryAfterSeconds: 1 });

export type Pause = (attempt: number) => Promise<void>;

/** Returns a wait with full jitter that doubles with each attempt. attempt: from 0 */
export const backoff =
  (world: { clock: Pick<Clock, "sleep">; random: Pick<Random, "unit"> }): Pause =>
  (attempt) =>
    world.clock.sleep(world.random.unit() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt));
