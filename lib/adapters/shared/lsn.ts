import { base32 } from "../../id.ts";
import type { Clock, Random } from "../../ports/world.ts";

const TIME_DIGITS = 9;
const COUNT_DIGITS = 3;
const COUNTS = 36 ** COUNT_DIGITS;

/**
 * Log sequence numbers: texts that sort as they were drawn. Millisecond and a count within it (both in base 36, of fixed
 * width), then 5 random bytes, so that no two processes draw the same. Within a process each is above the one before,
 * even where the clock is set back; between processes they are as close as the clocks are.
 */
export function lsnSource(world: { clock: Pick<Clock, "now">; random: Pick<Random, "bytes"> }): () => string {
  let [last, count] = [0, 0];
  return () => {
    const now = world.clock.now().getTime();
    count = now > last ? 0 : count + 1;
    last = Math.max(now, last) + (count === COUNTS ? 1 : 0);
    count %= COUNTS;
    return `${digits(last, TIME_DIGITS)}${digits(count, COUNT_DIGITS)}${base32(world.random.bytes(5))}`;
  };
}

export const isLsn = (text: string): boolean => /^[0-9a-z]{20}$/.test(text);

/** Epoch milliseconds at which it was drawn. */
export const lsnTime = (lsn: string): number => Number.parseInt(lsn.slice(0, TIME_DIGITS), 36);

/** Sorts before all that were drawn at this millisecond or later. */
export const lsnFrom = (time: number): string => digits(Math.max(0, time), TIME_DIGITS);

const digits = (value: number, width: number): string => value.toString(36).padStart(width, "0");
