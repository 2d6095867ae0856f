import { expect, test } from "vitest";
import { detPoints } from "../../lib/score/rates/det.ts";
import type { SpeakerTrials } from "../../lib/score/rates/groups.ts";
import { percentileInterval } from "../../lib/score/rates/interval.ts";
import { bootstrapRates } from "../../lib/score/rates/rate-intervals.ts";
import { tNorm, zNorm } from "../../lib/score/scoring/norm.ts";
import golden from "../golden/score/evaluation.json" with { type: "json" };

const PRIORS = [0.05, 0.01, 0.001];
const options = { seed: 1, first: 0, count: 200, priors: PRIORS };

function trialsOf({ trials, speakers }: (typeof golden)[number]): SpeakerTrials {
  return {
    scores: Float64Array.from(trials, (trial) => trial[5]),
    genuine: Uint8Array.from(trials, ([label]) => label),
    enrolled: Int32Array.from(trials, (trial) => trial[1]),
    probe: Int32Array.from(trials, (trial) => trial[3]),
    speakers,
  };
}

test("the same seed gives the same replicates, drawn at once or in pieces", () => {
  const trials = trialsOf(golden[0]);
  const whole = bootstrapRates(trials, options);
  const pieces = [0, 50, 100, 150].flatMap((first) =>
    bootstrapRates(trials, { ...options, first, count: 50 }),
  );
  expect(pieces).toEqual(whole);
  expect(bootstrapRates(trials, { ...options, seed: 2 })).not.toEqual(whole);
});

test("replicates spread around the list's own rate", () => {
  const eers = bootstrapRates(trialsOf(golden[1]), options).map(({ eer }) => eer);
  const { low, high } = percentileInterval(eers)!;
  expect(low).toBeLessThan(golden[1].eer);
  expect(high).toBeGreaterThan(golden[1].eer);
  expect(high - low).toBeGreaterThan(0.01);
});

test("speakers with identical trials give no spread", () => {
  const pairs = [0, 1, 2, 3].flatMap((s) => [0, 1, 2, 3].map((t) => [s, t]));
  const trials: SpeakerTrials = {
    scores: Float64Array.from(pairs, ([s, t]) => (s === t ? 1 : 0)),
    genuine: Uint8Array.from(pairs, ([s, t]) => (s === t ? 1 : 0)),
    enrolled: Int32Array.from(pairs, ([s]) => s),
    probe: Int32Array.from(pairs, ([, t]) => t),
    speakers: 4,
    cost: new Float64Array(16).fill(0.25),
  };
  for (const { eer, minDcf, minCllr, cllr } of bootstrapRates(trials, options))
    expect([eer, ...minDcf, minCllr, cllr]).toEqual([0, 0, 0, 0, 0, 0.25]);
});

test("trials of few speakers vary more than as many trials of many speakers", () => {
  const width = (speakers: number) => {
    // Every second speaker's genuine trials all fail, in 240 genuine trials for any number of
    // speakers.
    const each = 240 / speakers;
    const rows = Array.from({ length: speakers }, (_, s) => [
      ...Array.from({ length: each }, () => [1, s, s, s % 2]),
      ...Array.from({ length: each }, (_, i) => [0, s, (s + 1 + (i % (speakers - 1))) % speakers, i % 2]),
    ]).flat();
    const trials = {
      genuine: Uint8Array.from(rows, ([label]) => label),
      enrolled: Int32Array.from(rows, (row) => row[1]),
      probe: Int32Array.from(rows, (row) => row[2]),
      scores: Float64Array.from(rows, (row) => row[3]),
      speakers,
    };
    const { low, high } = percentileInterval(bootstrapRates(trials, options).map(({ eer }) => eer))!;
    return high - low;
  };
  expect(width(6)).toBeGreaterThan(1.5 * width(60));
});

test("a percentile interval is linear between order statistics, and needs twenty values", () => {
  const values = Array.from({ length: 101 }, (_, i) => 100 - i);
  const { low, high } = percentileInterval(values)!;
  expect(low).toBeCloseTo(2.5, 12);
  expect(high).toBeCloseTo(97.5, 12);
  expect(percentileInterval(values.slice(0, 19))).toBeUndefined();
});

test("DET points keep both ends of the curve and never a rate of 0 or 1", () => {
  const wave = (from: number, i: number) => from + 4 * Math.sin(i * 12.9898);
  const genuine = Array.from({ length: 500 }, (_, i) => wave(2, i));
  const impostor = Array.from({ length: 5000 }, (_, i) => wave(0, i + 7));
  const points = detPoints(genuine, impostor, 0.1);
  expect(points.length).toBeLessThan(300);
  expect(points.every(({ far, frr }) => far > 0 && far < 1 && frr > 0 && frr < 1)).toBe(true);
  const far = points.map((point) => point.far);
  expect(far).toEqual(far.toSorted((a, b) => a - b));
  const all = detPoints(genuine, impostor, 0);
  expect([points[0], points.at(-1)]).toEqual([all[0], all.at(-1)]);
});

test("T-Norm is Z-Norm with swapped sides", () => {
  const stats = { all: { mean: 0.1, std: 0.2 }, top: { mean: 9, std: 9 } };
  expect(tNorm(0.5, stats)).toBeCloseTo(2, 12);
  expect(tNorm(0.5, stats)).toBe(zNorm(0.5, stats));
});
