import * as fc from "fast-check";
import type { Cohort } from "../../lib/score/scoring/types.ts";
import { normalize, type UnitVector } from "../../lib/score/scoring/vector.ts";

export const cohortOf = (rows: readonly UnitVector[], topN: number): Cohort => ({
  id: "coh_test",
  modelId: "mdl_test",
  size: rows.length,
  dimension: rows[0].length,
  topN,
  rows: Float32Array.from(rows.flatMap((row) => [...row])),
});

/** Gives unit vectors; the values before normalization are never all zero. */
export const unitVector = (dimension: number): fc.Arbitrary<UnitVector> =>
  fc
    .array(fc.integer({ min: -1000, max: 1000 }), { minLength: dimension, maxLength: dimension })
    .filter((values) => values.some((x) => x !== 0))
    .map(normalize);

export const unitVectors = (dimension: number, minLength: number, maxLength: number) =>
  fc.array(unitVector(dimension), { minLength, maxLength });

/** Checks a property on the same cases in every run. */
export const holds = <T>(property: fc.IProperty<T>, numRuns = 100): void =>
  fc.assert(property, { seed: 20260, numRuns });
