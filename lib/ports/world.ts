export type Clock = {
  now(): Date;
  /** Milliseconds since a fixed moment. Unlike `now`, it doesn't jump when the clock is set. */
  monotonic(): number;
  /**
   * Epoch milliseconds: the time of day when this process started, plus the time since. It doesn't
   * jump either.
   */
  steady(): number;
  sleep(milliseconds: number): Promise<void>;
};
/** unit: a number in [0, 1) */
export type Random = { bytes(count: number): Uint8Array; unit(): number };
