import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { BUNDLED_MODEL } from "../../lib/adapters/model/bundled-model.ts";
import { cachedEmbed } from "../../lib/evaluate/embedding-cache.ts";
import { fakeClip, fakeEmbedder } from "../support/fake-embedder.ts";

async function countingEmbed(cache: string) {
  const embedder = fakeEmbedder();
  let calls = 0;
  const embed: typeof embedder.embed = (clip, options) => {
    calls++;
    return embedder.embed(clip, options);
  };
  return { embedClip: await cachedEmbed({ embed }, BUNDLED_MODEL, cache), calls: () => calls };
}

test("a cached clip is embedded once and returned bit for bit, with or without speech", async () => {
  const cache = await mkdtemp(join(tmpdir(), "voiceroll-cache-"));
  onTestFinished(() => rm(cache, { recursive: true }));
  const clips = [fakeClip("voice=ann take=1"), fakeClip("voice=ann take=1 seconds=0.1 snr=none")];
  const fresh = await countingEmbed(cache);
  const first = await Promise.all(clips.map((clip) => fresh.embedClip(clip)));
  const again = await countingEmbed(cache);
  const second = await Promise.all(clips.map((clip) => again.embedClip(clip)));
  expect([fresh.calls(), again.calls()]).toEqual([2, 0]);
  expect(second.map(({ embedding }) => embedding)).toEqual(first.map(({ embedding }) => embedding));
  expect(second.map(({ quality }) => ({ ...quality }))).toEqual(first.map(({ quality }) => ({ ...quality })));
  await again.embedClip(fakeClip("voice=ann take=2"));
  expect(again.calls()).toBe(1);
});

test("keeps a result with evenWithoutSpeech apart from one without it", async () => {
  const cache = await mkdtemp(join(tmpdir(), "voiceroll-cache-"));
  onTestFinished(() => rm(cache, { recursive: true }));
  const { embedClip, calls } = await countingEmbed(cache);
  const clip = fakeClip("voice=ann take=1");
  await embedClip(clip, { evenWithoutSpeech: true });
  await embedClip(clip);
  expect(calls()).toBe(2);
});
