import { expect, test } from "vitest";
import { embedInPairs } from "../../lib/domain/enrollment/clips.ts";
import { fakeClip, fakeEmbedder } from "../support/fake-embedder.ts";

test("the clips of one request are embedded two at a time, and returned in order", async () => {
  const embedder = fakeEmbedder();
  let running = 0;
  let most = 0;
  const clips = Array.from({ length: 7 }, (_, i) => fakeClip(`voice=ann take=${i}`));
  const embedded = await embedInPairs(
    {
      model: embedder.model,
      async embed(clip, options) {
        most = Math.max(most, ++running);
        await new Promise(setImmediate);
        running--;
        return embedder.embed(clip, options);
      },
    },
    clips,
  );
  expect(most).toBe(2);
  expect(embedded.map(({ input }) => input)).toEqual(clips);
});
