export type Clock = { now(): Date; sleep(milliseconds: number): Promise<void> };
/** unit: a number in [0, 1) */
export type Random = { bytes(count: number): Uint8Array; unit(): number };
