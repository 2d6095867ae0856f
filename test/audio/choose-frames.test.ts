import { expect, test } from "vitest";
import { chooseFrames } from "../../lib/audio/features/choose-frames.ts";

/** 20 frames of 0.1 s, with speech in frames 5 to 9. */
const speech = new Uint8Array(20).fill(1, 5, 10);
const all = new Uint8Array(20).fill(1);
const kept = (frames: Uint8Array) => [...frames.keys()].filter((i) => frames[i]);

test("keeps the frames within the margin of speech", () => {
  expect(kept(chooseFrames(speech, all, 10, { marginSeconds: 0, leastDropped: 0 }))).toEqual([5, 6, 7, 8, 9]);
  const near = chooseFrames(speech, all, 10, { marginSeconds: 0.2, leastDropped: 0 });
  expect(kept(near)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11]);
});

test("keeps every recorded frame if less than the stated share would be dropped", () => {
  // With a margin of 0.2 s, 11 of 20 frames are dropped.
  const choose = (leastDropped: number) =>
    chooseFrames(speech, all, 10, { marginSeconds: 0.2, leastDropped });
  expect(kept(choose(0.5))).toHaveLength(9);
  expect(kept(choose(0.6))).toHaveLength(20);
});

test("never keeps digital silence", () => {
  const recorded = all.map((one, i) => (i === 7 || i > 15 ? 0 : one));
  const near = chooseFrames(speech, recorded, 10, { marginSeconds: 0.1, leastDropped: 0 });
  expect(kept(near)).toEqual([4, 5, 6, 8, 9, 10]);
  expect(kept(chooseFrames(speech, recorded, 10, { marginSeconds: 0.1, leastDropped: 1 }))).toEqual(
    kept(recorded),
  );
});
