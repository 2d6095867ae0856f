import { expect, test } from "vitest";
import { lackingPoints, operatingPoints } from "../../lib/score/scoring/operating-points.ts";

const scores = (count: number) => Array.from({ length: count }, (_, i) => i / count);

test("a false-accept rate needs three impostor trials divided by it", () => {
  expect(operatingPoints([2, 3], scores(300), [0.01])).toHaveLength(1);
  expect(operatingPoints([2, 3], scores(299), [0.01])).toHaveLength(0);
});

test("points ascend, and count the genuine trials below the threshold as rejected", () => {
  const [strict, loose] = operatingPoints([0.2, 0.96, 0.995, 2], scores(300), [0.05, 0.01]);
  expect([strict.far, loose.far]).toEqual([0.01, 0.05]);
  expect([strict.frr, loose.frr]).toEqual([0.5, 0.25]);
  // A genuine trial at the threshold is accepted.
  const [{ threshold }] = operatingPoints([5], scores(300), [0.01]);
  expect(operatingPoints([threshold, 5], scores(300), [0.01])[0].frr).toBe(0);
});

test("says how many more speakers give the trials that a rate needs, from the strictest rate on", () => {
  // 10 speakers with one trial for each ordered pair: 90. 300 trials need 18 speakers (306), 3,000
  // need 56 (3,080).
  expect(lackingPoints(90, 10, [0.05, 0.01, 0.001])).toEqual([
    { far: 0.001, impostorTrials: 90, neededTrials: 3000, moreSpeakers: 46 },
    { far: 0.01, impostorTrials: 90, neededTrials: 300, moreSpeakers: 8 },
  ]);
  expect(lackingPoints(300, 10, [0.01])).toEqual([]);
  // With two trials for each ordered pair, fewer are enough: 13 speakers have 312.
  expect(lackingPoints(180, 10, [0.01])[0].moreSpeakers).toBe(3);
  expect(lackingPoints(0, 0, [0.05])[0].neededTrials).toBe(60);
});
