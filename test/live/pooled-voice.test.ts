import { expect, test } from "vitest";
import { pooledVoice } from "../../lib/live/pooled-voice.ts";
import { cosine, normalize } from "../../lib/score/scoring/vector.ts";

const A = normalize([1, 0, 0]);
const B = normalize([0, 1, 0]);
const at = (heardSeconds: number, voice = A) => ({ voice, heardSeconds });
const NEVER = [-2];

test("the first window is the voice, whatever its length", () => {
  expect(pooledVoice(NEVER).add(at(1.2, B))).toEqual(B);
});

test("the latest window counts with the speech that no window before it has", () => {
  const pool = pooledVoice(NEVER);
  pool.add(at(2));
  // Two seconds of A and a half of B.
  expect(cosine(pool.add(at(2.5, B)), normalize([2, 0.5, 0]))).toBeCloseTo(1, 6);
  expect(cosine(pool.add(at(4, B)), normalize([2, 2, 0]))).toBeCloseTo(1, 6);
  // The window at 2.5 s was in that at 4 s.
  expect(cosine(pool.add(at(5)), normalize([3, 2, 0]))).toBeCloseTo(1, 6);
});

test("the last windows are compared with those that ended before they began", () => {
  const pool = pooledVoice([-2, -2]);
  for (const seconds of [1.2, 1.7]) pool.add(at(seconds));
  expect(pool.likeness(at(2.2))).toEqual([undefined, undefined]);
  pool.add(at(2.2));
  pool.add(at(3, B));
  expect(pool.likeness(at(3.2, B))).toEqual([undefined, undefined]);
  const [one, two] = pool.likeness(at(4.2, B));
  expect(one).toBeCloseTo(0, 6);
  expect(two).toBeUndefined();
  pool.add(at(4.2, B));
  // One window of A and one of B before; one of A, and two of B.
  const [last, lastTwo] = pool.likeness(at(6.2, B));
  expect(last).toBeCloseTo(Math.SQRT1_2, 6);
  expect(lastTwo).toBeCloseTo(0, 6);
});

test("another voice is found by one window that is very unlike, or by several", () => {
  const like = (cos: number) => normalize([cos, Math.sqrt(1 - cos * cos), 0]);
  const after = (...cosines: readonly number[]) => {
    const pool = pooledVoice([0.1, 0.5]);
    pool.add(at(2));
    const windows = cosines.map((cos, i) => at(4 + 2 * i, like(cos)));
    return windows.map((window) => {
      const others = pool.otherVoice(window);
      pool.add(window);
      return others;
    });
  };
  expect(after(0.05)).toEqual([[at(4, like(0.05))]]);
  expect(after(0.4, 0.4)).toEqual([undefined, [at(4, like(0.4)), at(6, like(0.4))]]);
  expect(after(0.6, 0.7)).toEqual([undefined, undefined]);
});
