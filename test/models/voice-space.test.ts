import { expect, test } from "vitest";
import { decodeVoiceSpace, encodeVoiceSpace } from "../../lib/adapters/model/voice-space-file.ts";
import { eigen } from "../../models/build/eigen.ts";
import { learnVoiceSpace } from "../../models/build/learn-voice-space.ts";
import { randomOf } from "../../models/build/random.ts";

const random = randomOf("voice space");
const gaussian = () =>
  Math.sqrt(-2 * Math.log(1 - random.between(0, 1))) * Math.cos(2 * Math.PI * random.between(0, 1));

test("eigenvectors of a symmetric matrix are orthonormal rows that give the matrix back", () => {
  const matrix = Float64Array.of(4, 1, -2, 1, 3, 0.5, -2, 0.5, 1);
  const { values, vectors } = eigen(matrix, 3);
  expect([...values]).toEqual([...values].sort((a, b) => b - a));
  for (let i = 0; i < 3; i++)
    for (let j = 0; j < 3; j++) {
      const sum = (of: (k: number) => number) => of(0) + of(1) + of(2);
      expect(sum((k) => vectors[3 * i + k] * vectors[3 * j + k])).toBeCloseTo(i === j ? 1 : 0, 10);
      expect(sum((k) => values[k] * vectors[3 * k + i] * vectors[3 * k + j])).toBeCloseTo(
        matrix[3 * i + j],
        10,
      );
    }
});

test("the learned space has unit variance within people, and the variance between them of each direction", () => {
  // Along x people differ by 9 times the variance within, along y by nothing. Cells are shifted.
  const people = Array.from({ length: 600 }, (_, person) => {
    const shift = person % 2 === 0 ? 50 : -50;
    const voice = 6 * gaussian();
    const rows = Array.from({ length: 10 }, () =>
      Float32Array.of(voice + 2 * gaussian() + shift, 0.5 * gaussian()),
    );
    return { cell: String(person % 2), rows };
  });
  const { projection, between } = learnVoiceSpace(people, 2);
  expect(between[0]).toBeGreaterThan(7.5);
  expect(between[0]).toBeLessThan(10.5);
  expect(between[1]).toBeLessThan(0.1);
  expect(Math.abs(projection[0])).toBeCloseTo(1 / 2, 1);
  expect(Math.abs(projection[3])).toBeCloseTo(1 / 0.5, 1);
});

test("a voice space survives its file, and a file of another length is refused", () => {
  const space = { projection: Float32Array.of(1, 2, 3, 4), between: Float64Array.of(0.5, 0.25) };
  const bytes = Buffer.from(encodeVoiceSpace(space));
  expect(decodeVoiceSpace(bytes, 2)).toEqual(space);
  expect(() => decodeVoiceSpace(bytes, 3)).toThrow("has 24 bytes instead of 48");
  bytes.writeFloatLE(Number.NaN, 4);
  expect(() => decodeVoiceSpace(bytes, 2)).toThrow("aren't numbers");
});
