import { expect, test } from "vitest";
import { fbank } from "../../lib/audio/features/fbank.ts";
import { recordedFrames } from "../../lib/audio/features/frame-level.ts";
import { RECIPE } from "../support/recipe.ts";

/** Numbers in [0, 1) that every run draws alike (xorshift32). */
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
  "the quietest noise of a recording is one, digital silence is none (scale %i)",
  (scale) => {
    const random = drawn();
    expect(share(() => (random() - 0.5) / 32_768, scale)).toBe(1);
    expect(share(() => 0, scale)).toBe(0);
    expect(share(() => 8 / 32_768, scale)).toBe(0);
  },
);

test("a last bit here and there is no recording either", () => {
  const random = drawn();
  expect(share(() => (random() < 0.005 ? 1 / 32_768 : 0))).toBe(0);
});
