import { expect, test } from "vitest";
import { pooledVoice } from "../../lib/live/pooled-voice.ts";
import { cosine, normalize } from "../../lib/score/scoring/vector.ts";

const A = normalize([1, 0, 0]);
const B = normalize([0, 1, 0]);
const at = (heardSeconds: number, voice = A) => ({ voice, heardSeconds });

test("the first window is the voice, whatever its length", () => {
  expect(pooledVoice(0).add(at(1.2, B))).toEqual(B);
});

test("the latest window counts with the speech that no window before it has", () => {
  const pool = pooledVoice(-1);
  pool.add(at(2));
  // Two seconds of A and a half of B.
  expect(cosine(pool.add(at(2.5, B)), normalize([2, 0.5, 0]))).toBeCloseTo(1, 6);
  expect(cosine(pool.add(at(4, B)), normalize([2, 2, 0]))).toBeCloseTo(1, 6);
  // The window at 2.5 s was in that at 4 s.
  expect(cosine(pool.add(at(5)), normalize([3, 2, 0]))).toBeCloseTo(1, 6);
});

test("a window is compared with the speech before it only", () => {
  const pool = pooledVoice(0);
  expect(pool.likeness(at(1.5))).toBeUndefined();
  pool.add(at(2));
  expect(pool.likeness(at(3, B))).toBeUndefined();
  expect(pool.likeness(at(4, B))).toBeCloseTo(0, 9);
});

test("another voice is reported when two windows in a row are unlike", () => {
  const pool = pooledVoice(0.5);
  pool.add(at(2));
  expect([at(4, B), at(4.5), at(5, B), at(5.5, B)].map((window) => pool.isOther(window))).toEqual([
    false,
    false,
    false,
    true,
  ]);
});
