import { expect, test } from "vitest";
import { thresholdsOf } from "../../models/build/worst-threshold.ts";

/** A cell of evenly spaced values in [low, low + 1). */
const evenly = (cell: string, count: number, low = 0) =>
  Array.from({ length: count }, (_, i) => ({ cell, value: low + i / count }));
const accepted = (all: readonly { value: number }[], threshold: number) =>
  all.filter(({ value }) => value >= threshold).length / all.length;

test("a third of each rate is kept in every cell, and the cell that needs the threshold is named", () => {
  const cells = [evenly("easy", 10_000), evenly("hard", 10_000, 0.5), evenly("easier", 10_000, -3)];
  const thresholds = thresholdsOf(cells.flat());
  expect(thresholds.map(({ far }) => far)).toEqual([0.001, 0.01, 0.05]);
  for (const { far, threshold, setBy } of thresholds) {
    expect(setBy).toBe("hard");
    expect(Math.max(...cells.map((cell) => accepted(cell, threshold)))).toBeCloseTo(far / 3, 3);
  }
});

test("a cell with few trials needs what it needed at a higher rate, plus the rise of the large ones", () => {
  const small = evenly("small", 100, 2);
  const [, at1, at5] = thresholdsOf([...evenly("large", 10_000), ...small]);
  expect([at1.setBy, at5.setBy]).toEqual(["small", "small"]);
  // A hundred trials decide on 5 % (2.95 here); the large cell rises by as much as rates differ.
  expect(at5.threshold).toBeCloseTo(2.95 - 0.01 + (0.05 - 0.05 / 3), 2);
  expect(at1.threshold).toBeCloseTo(2.95 - 0.01 + (0.05 - 0.01 / 3), 2);
});

test("a rate that no cell has enough trials for has no threshold", () => {
  expect(thresholdsOf(evenly("only", 900)).map(({ far }) => far)).toEqual([0.01, 0.05]);
  expect(thresholdsOf(evenly("only", 59))).toEqual([]);
});
