import { randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import type { Clock, Random } from "../../ports/world.ts";

export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  steady: () => performance.timeOrigin + performance.now(),
  sleep: (milliseconds) => setTimeout(milliseconds),
};

export const systemRandom: Random = {
  bytes: (count) => new Uint8Array(randomBytes(count)),
  unit: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
};
