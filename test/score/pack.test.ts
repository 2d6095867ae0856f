import fc from "fast-check";
import { expect, test } from "vitest";
import { packIntegers, unpackIntegers } from "../../lib/score/scoring/pack.ts";

test("restores exact integers of any size, to the last bit", () => {
  fc.assert(
    fc.property(fc.array(fc.maxSafeInteger(), { maxLength: 40 }), (values) => {
      const exact = Float64Array.from(values, (value) => value + 0);
      expect(unpackIntegers(packIntegers(exact))).toStrictEqual(exact);
    }),
  );
});

test("the largest value determines the width: 5 bits for -15 to 15, one more for 16", () => {
  expect(packIntegers(Float64Array.from([-15, 15, 0, 1, 1, 1, 1, 1]))).toHaveLength(3 + 5);
  expect(packIntegers(Float64Array.from([16, 15, 0, 1, 1, 1, 1, 1]))).toHaveLength(3 + 6);
  expect(packIntegers(new Float64Array(0))).toHaveLength(3);
});

test("rejects values that aren't exact integers, and truncated bytes", () => {
  for (const value of [0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY, -0])
    expect(() => packIntegers(Float64Array.from([value]))).toThrow(RangeError);
  const packed = packIntegers(Float64Array.from([1, 2, 3]));
  expect(() => unpackIntegers(packed.subarray(0, -1))).toThrow(RangeError);
  expect(() => unpackIntegers(new Uint8Array(0))).toThrow(RangeError);
});

test("packs up to 65,535 values, and no more", () => {
  const most = new Float64Array(0xffff);
  most[300] = 1;
  expect(unpackIntegers(packIntegers(most))).toStrictEqual(most);
  expect(() => packIntegers(new Float64Array(0x10000))).toThrow(RangeError);
});

test("rejects a width that no value has", () => {
  // Values of 0 bits and of 55 bits, with as many bytes as they would need.
  expect(() => unpackIntegers(Uint8Array.of(0, 1, 0))).toThrow(RangeError);
  expect(() => unpackIntegers(Uint8Array.of(55, 1, 0, 0, 0, 0, 0, 0, 0, 0))).toThrow(RangeError);
});
