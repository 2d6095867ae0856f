import { setTimeout } from "node:timers/promises";
import { isBusy, translated } from "./failures.ts";

const PATIENCE_MS = 5000;
const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 50;

/**
 * Runs database work immediately, and again after a pause while another process holds a lock. The
 * event loop is free during the pauses. Rejects with `storage-unavailable` after 5 s.
 *
 * work  synchronous; runs several times, so it must have no effect if it throws
 */
export async function patiently<T>(work: () => T): Promise<T> {
  const start = performance.now();
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() - start > PATIENCE_MS) throw translated(error);
    }
    await setTimeout(pause);
  }
}
