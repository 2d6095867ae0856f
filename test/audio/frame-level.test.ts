import { expect, test } from "vitest";
import { fbank } from "../../lib/audio/features/fbank.ts";
import { recordedFrames } from "../../lib/audio/features/frame-level.ts";
import { RECIPE } from "../support/recipe.ts";

/** Pseudo-random numbers in [0, 1), the same in every run (xorshift32). */
function drawn(): () => number {
  let state = 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
const share = (sample: () => number, sampleScale = 32_768) => {
  const recipe = { ...RECIPE, sampleScale };
  const mask = recordedFrames(fbank(Float32Array.from({ length: 32_000 }, sample), recipe), recipe);
  return mask.reduce((sum, one) => sum + one, 0) / mask.length;
};

test.each([32_768, 1])(
  "the quietest recorded noise counts as recorded, digital silence doesn't (scale %i)",
  (scale) => {
    const random = drawn();
    expect(share(() => (random() - 0.5) / 32_768, scale)).toBe(1);
    expect(share(() => 0, scale)).toBe(0);
    expect(share(() => 8 / 32_768, scale)).toBe(0);
  },
);

test("isolated last bits don't count as recorded", () => {
  const random = drawn();
  expect(share(() => (random() < 0.005 ? 1 / 32_768 : 0))).toBe(0);
});
