import { expect, test } from "vitest";
import { embedWindows } from "../../lib/adapters/model/windows.ts";
import type { Features } from "../../lib/audio/types.ts";
import type { UnitVector } from "../../lib/score/scoring/vector.ts";

/** Speech in which each frame has its number as the only value. */
const speechOf = (seconds: number): Features => ({
  frames: 100 * seconds,
  bins: 1,
  data: Float32Array.from({ length: 100 * seconds }, (_, i) => i),
});

/** The first and the last frame of each window. */
async function spans(seconds: number): Promise<{ spans: [number, number][]; weight: number }> {
  const first = async ({ data }: Features) => Float32Array.of(data[0], data.at(-1) ?? -1) as UnitVector;
  const { embeddings, weight } = await embedWindows(first, speechOf(seconds), 10);
  return { spans: embeddings.map(([from, to]) => [from, to]), weight };
}

test("windows of 1.5 s are spread evenly over the speech, about 1 s apart", async () => {
  expect(await spans(4.5)).toEqual({
    spans: [
      [0, 149],
      [100, 249],
      [200, 349],
      [300, 449],
    ],
    weight: 2 / 3,
  });
  expect((await spans(5)).spans.map(([from]) => from)).toEqual([0, 88, 175, 263, 350]);
});

test("a long clip has gaps between its 16 windows, and a clip under 4 s has none", async () => {
  const long = await spans(60);
  expect(long.spans).toHaveLength(16);
  expect([long.spans[0], long.spans.at(-1), long.weight]).toEqual([[0, 149], [5850, 5999], 1]);
  expect((await spans(4)).spans).toHaveLength(4);
  expect((await spans(3.99)).spans).toEqual([]);
  expect((await spans(1)).spans).toEqual([]);
});
