import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { BUNDLED_MODEL } from "../../lib/adapters/onnx/bundle.ts";
import { cachedEar } from "../../lib/adapters/onnx/cached-ear.ts";
import { fakeClip, fakeEmbedder } from "../support/fake-embedder.ts";

async function countingEar(cache: string) {
  const embedder = fakeEmbedder();
  let calls = 0;
  const hear: typeof embedder.hear = (clip, options) => {
    calls++;
    return embedder.hear(clip, options);
  };
  return { ear: await cachedEar({ hear }, BUNDLED_MODEL, cache), calls: () => calls };
}

test("a remembered clip is heard once and comes back to the last bit, also without speech", async () => {
  const cache = await mkdtemp(join(tmpdir(), "voiceroll-cache-"));
  onTestFinished(() => rm(cache, { recursive: true }));
  const clips = [fakeClip("voice=ann take=1"), fakeClip("voice=ann take=1 seconds=0.1 snr=none")];
  const fresh = await countingEar(cache);
  const first = await Promise.all(clips.map((clip) => fresh.ear(clip)));
  const again = await countingEar(cache);
  const second = await Promise.all(clips.map((clip) => again.ear(clip)));
  expect([fresh.calls(), again.calls()]).toEqual([2, 0]);
  expect(second.map(({ embedding }) => embedding)).toEqual(first.map(({ embedding }) => embedding));
  expect(second.map(({ quality }) => ({ ...quality }))).toEqual(first.map(({ quality }) => ({ ...quality })));
  await again.ear(fakeClip("voice=ann take=2"));
  expect(again.calls()).toBe(1);
});

test("a clip that was embedded by insistence is not mistaken for one with speech", async () => {
  const cache = await mkdtemp(join(tmpdir(), "voiceroll-cache-"));
  onTestFinished(() => rm(cache, { recursive: true }));
  const { ear, calls } = await countingEar(cache);
  const clip = fakeClip("voice=ann take=1");
  await ear(clip, { insist: true });
  await ear(clip);
  expect(calls()).toBe(2);
});
