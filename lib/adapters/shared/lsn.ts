import { base32 } from "../../id.ts";
import type { Clock, Random } from "../../ports/world.ts";

const TIME_DIGITS = 9;
const COUNT_DIGITS = 3;
const COUNTS = 36 ** COUNT_DIGITS;

/**
 * Returns a source of log sequence numbers: text that sorts in the order in which it was drawn.
 *
 * A number is the millisecond and a count within it, both in base 36 and of fixed width, then 5
 * random bytes, so that no two processes draw the same. Within a process each number is higher than
 * the one before, even if the clock is set back. Between processes the order is as exact as the
 * clocks are.
 */
export function lsnSource(world: { clock: Pick<Clock, "now">; random: Pick<Random, "bytes"> }): () => string {
  let last = 0;
  let count = 0;
  return () => {
    const now = world.clock.now().getTime();
    count = now > last ? 0 : count + 1;
    last = Math.max(now, last);
    if (count === COUNTS) {
      last += 1;
      count = 0;
    }
    return `${digits(last, TIME_DIGITS)}${digits(count, COUNT_DIGITS)}${base32(world.random.bytes(5))}`;
  };
}

export const isLsn = (text: string): boolean => /^[0-9a-z]{20}$/.test(text);

/** Returns the epoch millisecond at which the number was drawn. */
export const lsnTime = (lsn: string): number => Number.parseInt(lsn.slice(0, TIME_DIGITS), 36);

/** Returns text that sorts before all numbers drawn at this millisecond or later. */
export const lsnFrom = (time: number): string => digits(Math.max(0, time), TIME_DIGITS);

const digits = (value: number, width: number): string => value.toString(36).padStart(width, "0");
