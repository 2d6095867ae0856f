export type Clock = { now(): Date; sleep(milliseconds: number): Promise<void> };
export type Random = { bytes(count: number): Uint8Array /** [0, 1) */; unit(): number };
