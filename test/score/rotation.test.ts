import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { fromFixed, SCALE, toFixed } from "../../lib/score/scoring/fixed-point.ts";
import {
  bytesOfRound,
  directionError,
  MOST_COMPONENT,
  type Rotation,
  rotationFrom,
} from "../../lib/score/scoring/rotation.ts";
import { cosine } from "../../lib/score/scoring/vector.ts";
import { randomVoices } from "./random-voices.ts";

/** The same bytes in every run: a hash of the seed, the round and a counter. */
function rotationOf(dimension: number, seed: number): Rotation {
  return rotationFrom(dimension, (round) => {
    const blocks = Array.from({ length: Math.ceil(bytesOfRound(dimension) / 64) }, (_, i) =>
      createHash("sha512").update(`${seed} ${round} ${i}`).digest(),
    );
    return new Uint8Array(Buffer.concat(blocks));
  });
}

test("property: undoing a rotation restores every bit, also of odd dimensions and large sums", () => {
  const component = fc.oneof(
    fc.integer({ min: -(2 ** 28), max: 2 ** 28 }),
    fc.constantFrom(0, 1, -1, MOST_COMPONENT, -MOST_COMPONENT),
    fc.maxSafeInteger().map((x) => x % MOST_COMPONENT),
  );
  const cases = fc.record({
    seed: fc.nat(),
    vector: fc.array(component, { minLength: 1, maxLength: 257 }).map((all) => all.map((x) => x + 0)),
  });
  fc.assert(
    fc.property(cases, ({ seed, vector }) => {
      const rotation = rotationOf(vector.length, seed);
      const given = Float64Array.from(vector);
      const rotated = rotation.apply(given);
      expect(rotated.every((x) => Number.isSafeInteger(x) && !Object.is(x, -0))).toBe(true);
      expect(rotation.undo(rotated)).toStrictEqual(given);
    }),
    { numRuns: 200 },
  );
});

test("cosines of rotated vectors are those of the vectors, within the bound for searches", () => {
  for (const dimension of [192, 257]) {
    const rotation = rotationOf(dimension, 1);
    const voices = randomVoices(40, { dimension, seed: 3, spread: 1 });
    const rotated = voices.map((voice) => fromFixed(rotation.apply(toFixed(voice))));
    const worst = Math.max(
      ...voices.flatMap((a, i) =>
        voices.map((b, j) => Math.abs(cosine(a, b) - cosine(rotated[i], rotated[j]))),
      ),
    );
    expect(worst).toBeLessThan(5e-7);
    expect(worst).toBeLessThan(2 * directionError(dimension));
  }
});

test("every component of a rotated vector depends on every component of the vector", () => {
  const rotation = rotationOf(192, 2);
  const sizes = Array.from({ length: 192 }, (_, i) => {
    const axis = new Float64Array(192);
    axis[i] = SCALE;
    return Math.max(...rotation.apply(axis).map(Math.abs)) / SCALE;
  });
  // A random unit vector's largest component is about 0.21.
  expect(Math.max(...sizes)).toBeLessThan(0.6);
  expect(sizes.toSorted((a, b) => a - b)[96]).toBeLessThan(0.35);
});

test("two keys turn one vector into two that are as unlike as any, and the same key into the same", () => {
  const [voice] = randomVoices(1, { dimension: 192, seed: 5, spread: 1 });
  const under = (seed: number) => fromFixed(rotationOf(192, seed).apply(toFixed(voice)));
  expect(Math.abs(cosine(under(1), under(2)))).toBeLessThan(0.3);
  expect(under(1)).toStrictEqual(under(1));
});

test("the same bytes give the same integers on every machine", () => {
  const vector = Float64Array.from({ length: 5 }, (_, i) => (i - 2) * 1_000_003);
  // Computed by test/golden/score/rotation.py in exact fractions.
  const expected = [-569955, 1848044, 1259361, -1958723, -915073];
  expect([...rotationOf(5, 7).apply(vector)]).toEqual(expected);
});

test("rejects another dimension and components that are too large", () => {
  const rotation = rotationOf(3, 1);
  expect(() => rotation.apply(new Float64Array(4))).toThrow(RangeError);
  expect(() => rotation.apply(Float64Array.of(0, 2 * MOST_COMPONENT, 0))).toThrow(RangeError);
  expect(() => rotation.apply(Float64Array.of(0, Number.NaN, 0))).toThrow(RangeError);
});
