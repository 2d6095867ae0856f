import fc from "fast-check";
import { expect, test } from "vitest";
import { type LabeledScore, suggestThreshold } from "../../lib/score/fit/suggested-threshold.ts";

const of = (genuine: boolean, scores: readonly number[]): LabeledScore[] =>
  scores.map((score, i) => ({ genuine, speaker: `s${i % 7}`, score }));

test("the threshold separates scores that don't overlap, without an error", () => {
  const found = suggestThreshold([...of(true, [5, 6, 7, 8]), ...of(false, [1, 2, 3, 4])]);
  expect(found?.errorRate).toBe(0);
  expect(found?.threshold).toBeGreaterThan(4);
  expect(found?.threshold).toBeLessThanOrEqual(5);
});

test("nothing is suggested without both kinds", () => {
  expect(suggestThreshold(of(true, [1, 2]))).toBeUndefined();
  expect(suggestThreshold([])).toBeUndefined();
});

test("adding a constant to every score moves the threshold and its interval by it", () => {
  const scores = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 15, maxLength: 20 });
  fc.assert(
    fc.property(scores, scores, fc.integer({ min: -9, max: 9 }), (genuine, impostor, shift) => {
      const moved = (by: number) =>
        suggestThreshold([
          ...of(
            true,
            genuine.map((one) => one + by),
          ),
          ...of(
            false,
            impostor.map((one) => one + by),
          ),
        ]);
      const [plain, other] = [moved(0), moved(shift)];
      expect(other?.threshold).toBeCloseTo((plain?.threshold ?? 0) + shift, 9);
      expect(other?.interval.low).toBeCloseTo((plain?.interval.low ?? 0) + shift, 9);
      expect(other?.errorRate).toBeCloseTo(plain?.errorRate ?? 0, 9);
    }),
    { numRuns: 20 },
  );
});
