import { expect, test } from "vitest";
import {
  decodeFloat32,
  decodeFloat64,
  decodeInt32,
  encodeFloat32,
  encodeFloat64,
  encodeInt32,
} from "../../lib/score/scoring/codec.ts";

/** The bytes within a larger buffer, as a database returns them. */
function inside(bytes: Uint8Array): Uint8Array {
  const larger = new Uint8Array(bytes.length + 5).fill(0xaa);
  larger.set(bytes, 3);
  return larger.subarray(3, 3 + bytes.length);
}

test("numbers are stored least significant byte first on every machine (IEEE 754, two's complement)", () => {
  expect([...encodeFloat64(Float64Array.of(1, -2))]).toEqual([
    ...[0, 0, 0, 0, 0, 0, 0xf0, 0x3f],
    ...[0, 0, 0, 0, 0, 0, 0, 0xc0],
  ]);
  expect([...encodeFloat32(Float32Array.of(1, -0.5))]).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0xbf]);
  expect([...encodeInt32(Int32Array.of(1, -2))]).toEqual([1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff]);
});

test("restores the same numbers from bytes at any offset", () => {
  const numbers = [0, 1, -1, 0.1, 2 ** 30, -(2 ** 31)];
  const [doubles, floats, integers] = [
    Float64Array.from(numbers),
    Float32Array.from(numbers),
    Int32Array.from(numbers),
  ];
  expect(decodeFloat64(inside(encodeFloat64(doubles)))).toEqual(doubles);
  expect(decodeFloat32(inside(encodeFloat32(floats)))).toEqual(floats);
  expect(decodeInt32(inside(encodeInt32(integers)))).toEqual(integers);
});

test("no numbers are no bytes", () => {
  expect(encodeFloat64(new Float64Array(0))).toHaveLength(0);
  expect(decodeFloat32(new Uint8Array(0))).toHaveLength(0);
});
