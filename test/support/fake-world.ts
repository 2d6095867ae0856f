import { createHash } from "node:crypto";
import type { BundledCalibrations } from "../../lib/ports/calibration.ts";
import type { BundledCohorts } from "../../lib/ports/cohort.ts";
import type { Embedder } from "../../lib/ports/model.ts";
import type { Clock, Random } from "../../lib/ports/world.ts";
import { fakeCalibration, fakeCohort } from "./fake-cohort.ts";

export type FakeClock = Clock & {
  advance(seconds: number): void;
  /** Sets the time of day. The monotonic time doesn't change. */
  jump(seconds: number): void;
};

export type ModelData = { embedder: Embedder; cohorts: BundledCohorts; calibrations: BundledCalibrations };

export type World = { clock: Clock; random: Random };

/** The fake embedder with its cohort and calibration, as an entry passes them to the services. */
export const fakeModelData = (embedder: Embedder) => ({
  embedder,
  cohorts: { bundled: async () => fakeCohort(embedder.model) },
  calibrations: { bundled: async () => fakeCalibration(embedder.model) },
});

/** A model without cohort and calibration, as lib/adapters/model/bundle.ts returns it. */
export const unmeasuredModelData = (embedder: Embedder) => {
  const { modelId, dimension } = embedder.model;
  const cohort = { id: "coh_0", modelId, size: 0, dimension, topN: 1, rows: new Float32Array(0) } as const;
  const none = { cohortId: cohort.id, defaultFar: 0.01, source: "", tables: [] };
  return {
    embedder,
    cohorts: { bundled: async () => cohort },
    calibrations: { bundled: async () => ({ id: "cal_0", modelId, ...none }) as const },
  };
};

/**
 * Time only moves by `advance` and `sleep`. Sleeps end immediately, in the order of their times.
 */
export function fakeClock(start = "2026-01-01T00:00:00.000Z"): FakeClock {
  let now = Date.parse(start);
  let jumped = 0;
  const sleepers: { at: number; wake: () => void }[] = [];
  const wakeNext = () => {
    sleepers.sort((a, b) => a.at - b.at);
    const next = sleepers.shift();
    if (!next) return;
    now = Math.max(now, next.at);
    next.wake();
  };
  return {
    now: () => new Date(now + jumped),
    monotonic: () => now,
    steady: () => now,
    sleep: (milliseconds) =>
      new Promise((wake) => {
        sleepers.push({ at: now + milliseconds, wake });
        setImmediate(wakeNext);
      }),
    advance(seconds) {
      now += seconds * 1000;
    },
    jump(seconds) {
      jumped += seconds * 1000;
    },
  };
}

let openings = 0;

/** The same bytes at every run; another row of them at every opening. */
export function seededRandom(seed = `opening ${openings++}`): Random {
  let drawn = 0;
  const block = () => createHash("sha512").update(`${seed} ${drawn++}`).digest();
  return {
    bytes: (count) => new Uint8Array(block().subarray(0, count)),
    unit: () => block().readUInt32BE(0) / 2 ** 32,
  };
}
