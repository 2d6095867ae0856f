import * as fc from "fast-check";
import { expect, test } from "vitest";
import { speakerBootstrap } from "../../lib/score/rates/bootstrap.ts";
import { betaCdf, clopperPearson, effectiveInterval, hull } from "../../lib/score/rates/interval.ts";
import golden from "../golden/score/intervals.json" with { type: "json" };
import { holds } from "./arbitraries.ts";

test("no errors in n trials bound the rate by 1 - 0.025^(1/n), and n errors by its mirror image", () => {
  expect(clopperPearson(0, 100).low).toBe(0);
  expect(clopperPearson(0, 100).high).toBeCloseTo(1 - 0.025 ** (1 / 100), 12);
  expect(clopperPearson(100, 100).low).toBeCloseTo(0.025 ** (1 / 100), 12);
  expect(clopperPearson(100, 100).high).toBe(1);
});

test("the exact interval matches scipy to 1e-9, from one trial to a hundred thousand", () => {
  for (const { errors, trials, low, high } of golden.exact) {
    const found = clopperPearson(errors, trials);
    expect(Math.abs(found.low - low)).toBeLessThan(1e-9);
    expect(Math.abs(found.high - high)).toBeLessThan(1e-9);
  }
});

test("the effective interval is exact for all trials and wider for fewer", () => {
  const exact = effectiveInterval(0.01, 300);
  expect(exact.low).toBeCloseTo(clopperPearson(3, 300).low, 12);
  expect(exact.high).toBeCloseTo(clopperPearson(3, 300).high, 12);
  const few = effectiveInterval(0.01, 42.5);
  expect([few.low < exact.low, few.high > exact.high]).toEqual([true, true]);
  expect(effectiveInterval(0, 10).low).toBe(0);
  expect(effectiveInterval(1, 10).high).toBe(1);
});

test("rejects invalid counts", () => {
  for (const [errors, trials] of [
    [-1, 5],
    [6, 5],
    [0, 0],
    [0.5, 5],
    [Number.NaN, 5],
  ])
    expect(() => clopperPearson(errors, trials)).toThrow(RangeError);
});

test("property: the exact interval contains the rate, and more trials at the same rate narrow it", () => {
  const counts = fc.tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 1, max: 200 }));
  holds(
    fc.property(counts, ([a, b]) => {
      const [errors, trials] = [Math.min(a, b), Math.max(a, b)];
      const { low, high } = clopperPearson(errors, trials);
      expect(low).toBeLessThanOrEqual(errors / trials);
      expect(high).toBeGreaterThanOrEqual(errors / trials);
      const more = clopperPearson(errors * 4, trials * 4);
      expect(more.high - more.low).toBeLessThan(high - low);
    }),
  );
});

test("property: the beta distribution's two halves add up to one", () => {
  const above0 = fc.double({ min: 0.5, max: 500, noNaN: true });
  holds(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), above0, above0, (x, a, b) => {
      expect(betaCdf(x, a, b) + betaCdf(1 - x, b, a)).toBeCloseTo(1, 9);
    }),
  );
});

test("a hull contains both intervals", () => {
  expect(hull({ low: 0.1, high: 0.2 }, { low: 0.15, high: 0.3 })).toEqual({ low: 0.1, high: 0.3 });
});

const { speakers, trials, bootstrap } = golden;
const enrolled = Int32Array.from(trials.enrolled);
const probe = Int32Array.from(trials.probe);

test("the bootstrap over speakers matches numpy with 20,000 draws to a tenth of the width", () => {
  const drawn = speakerBootstrap(enrolled, probe, speakers, 4000);
  for (const { threshold, low, high } of bootstrap) {
    const found = drawn.spread((n) => trials.scores[n] >= threshold)!;
    expect(Math.abs(found.low - low)).toBeLessThan((high - low) / 10);
    expect(Math.abs(found.high - high)).toBeLessThan((high - low) / 10);
  }
});

test("speakers who are easily confused make the interval wider than that of independent trials", () => {
  const wrong = (n: number) => trials.scores[n] >= 2;
  const errors = trials.scores.filter((_, n) => wrong(n)).length;
  const { low, high } = speakerBootstrap(enrolled, probe, speakers).spread(wrong)!;
  const exact = clopperPearson(errors, trials.scores.length);
  expect(high - low).toBeGreaterThan(2 * (exact.high - exact.low));
});

test("draws are the same in every call, and give nothing if no pair of speakers can be drawn", () => {
  const wrong = (n: number) => trials.scores[n] >= 2;
  const once = speakerBootstrap(enrolled, probe, speakers).spread(wrong);
  expect(speakerBootstrap(enrolled, probe, speakers).spread(wrong)).toEqual(once);
  expect(speakerBootstrap(Int32Array.of(), Int32Array.of(), 0).spread(wrong)).toBeUndefined();
});

test("genuine trials are drawn by their one speaker", () => {
  // One speaker of four always fails: the drawn rate is how often that one was drawn, over four.
  const own = Int32Array.of(0, 1, 2, 3);
  const { low, high } = speakerBootstrap(own, own, 4, 4000).spread((n) => n === 0)!;
  expect([low, high]).toEqual([0, 0.75]);
});
