import * as fc from "fast-check";
import { expect, test } from "vitest";
import { fitLlr, fitLlrWithMeasures, type Scored } from "../../lib/score/fit/fit-llr.ts";
import { llrOf } from "../../lib/score/scoring/calibration.ts";
import type { TrialConditions } from "../../lib/score/scoring/types.ts";
import golden from "../golden/score/measures.json" with { type: "json" };
import { holds } from "./arbitraries.ts";

const rows = golden.trials.map(([label, score, seconds, longerSeconds, snrDb]) => ({
  genuine: label === 1,
  score,
  conditions: { seconds, longerSeconds, snrDb, bandwidth: "wide" } as const,
}));
const classOf = (genuine: boolean): Scored => {
  const own = rows.filter((row) => row.genuine === genuine);
  return { scores: own.map(({ score }) => score), conditions: own.map(({ conditions }) => conditions) };
};

test("weights of score and quality measures match scikit-learn's to 1e-4", () => {
  const { slope, offset, measures = [] } = fitLlrWithMeasures(classOf(true), classOf(false));
  expect(measures.map(({ measure }) => measure)).toEqual(["shorter", "longer", "snr"]);
  const found = [slope, ...measures.map(({ weight }) => weight)];
  for (const [i, weight] of golden.weights.entries())
    expect(Math.abs(found[i] - weight)).toBeLessThan(1e-4 * Math.max(1, Math.abs(weight)));
  expect(Math.abs(offset - golden.offset)).toBeLessThan(1e-3);
});

test("clamps a measure to the fitted range, and an unknown one counts as typical", () => {
  const llr = fitLlrWithMeasures(classOf(true), classOf(false));
  const [shorter] = llr.measures!;
  const at = (conditions: TrialConditions) => llrOf({ llr }, 3, conditions);
  const plain = { seconds: 5, longerSeconds: 9, snrDb: 20, bandwidth: "wide" } as const;
  expect(at({ ...plain, seconds: 1e6 })).toBe(at({ ...plain, seconds: Math.exp(shorter.to) * 2 }));
  expect(at({ ...plain, snrDb: 500 })).toBeCloseTo(at({ ...plain, snrDb: llr.measures![2].to }), 12);
  const snr = llr.measures![2].typical;
  expect(snr).toBeCloseTo(rows.reduce((sum, row) => sum + row.conditions.snrDb, 0) / rows.length, 9);
  expect(at({ ...plain, snrDb: undefined })).toBe(at({ ...plain, snrDb: snr }));
  expect(llrOf({ llr }, 3)).toBe(
    at({ ...plain, seconds: Math.exp(shorter.typical), longerSeconds: undefined, snrDb: undefined }),
  );
});

test("omits measures that hardly vary: the map is the line of the score alone", () => {
  const flat = (genuine: boolean): Scored => {
    const { scores } = classOf(genuine);
    return { scores, conditions: Array.from(scores, () => ({ seconds: 6, bandwidth: "wide" })) };
  };
  expect(fitLlrWithMeasures(flat(true), flat(false))).toEqual(
    fitLlr(classOf(true).scores, classOf(false).scores),
  );
});

test("property: under any conditions, a higher score never has a lower likelihood ratio", () => {
  const llr = fitLlrWithMeasures(classOf(true), classOf(false));
  const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
  holds(
    fc.property(
      number(-20, 20),
      number(0, 20),
      number(0.1, 90),
      number(-10, 70),
      (score, more, seconds, snrDb) => {
        const conditions = { seconds, longerSeconds: seconds * 2, snrDb, bandwidth: "telephone" } as const;
        expect(llrOf({ llr }, score + more, conditions)).toBeGreaterThanOrEqual(
          llrOf({ llr }, score, conditions),
        );
      },
    ),
  );
});
