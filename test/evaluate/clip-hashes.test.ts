import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { BUNDLED_MODEL } from "../../lib/adapters/model/bundled-model.ts";
import { clipHashes } from "../../lib/evaluate/clip-hashes.ts";
import { cachedEmbedFile } from "../../lib/evaluate/embedding-cache.ts";
import { sha256Of } from "../../lib/sha256.ts";
import { fakeClip, fakeEmbedder } from "../support/fake-embedder.ts";

function folderWithClip() {
  const folder = mkdtempSync(join(tmpdir(), "voiceroll-hashes-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const clip = join(folder, "clip.wav");
  const write = (text: string) => writeFileSync(clip, fakeClip(text).bytes);
  write("voice=ann take=1");
  return { folder, clip, write, index: join(folder, "clip-hashes.jsonl") };
}

test("a file of the same size and times that was replaced is hashed again", async () => {
  const { folder, clip, write } = folderWithClip();
  const { hashOf } = await clipHashes(folder);
  const [first, { atime, mtime }] = [await hashOf(clip), statSync(clip)];
  write("voice=ann take=2");
  utimesSync(clip, atime, mtime);
  expect(await (await clipHashes(folder)).hashOf(clip)).toBe(sha256Of(readFileSync(clip)));
  expect(await hashOf(clip)).not.toBe(first);
});

test("an unchanged file isn't read, in this process or a later one", async () => {
  const { folder, clip, index } = folderWithClip();
  const first = await (await clipHashes(folder)).hashOf(clip);
  // Only the index can be the source of another digest.
  const other = "0".repeat(64);
  writeFileSync(index, readFileSync(index, "utf8").replace(first, other));
  expect(await (await clipHashes(folder)).hashOf(clip)).toBe(other);
});

test("lines of the index that can't be read are ignored", async () => {
  const { folder, clip, index } = folderWithClip();
  const expected = sha256Of(readFileSync(clip));
  for (const damage of [
    "[",
    "null\n",
    '["x", 1]\n',
    `["${clip}", "1 2 3 4", "${"0".repeat(64)}"]\n`,
    "{}\n",
  ]) {
    appendFileSync(index, damage);
    expect(await (await clipHashes(folder)).hashOf(clip)).toBe(expected);
  }
});

test("a cached file is neither read nor embedded again, and a changed one is", async () => {
  const { folder, clip, write } = folderWithClip();
  const embedder = fakeEmbedder();
  let calls = 0;
  const embed: typeof embedder.embed = (...call) => {
    calls++;
    return embedder.embed(...call);
  };
  const open = () => cachedEmbedFile({ embed }, BUNDLED_MODEL, join(folder));
  const first = await (await open())(clip);
  expect((await (await open())(clip)).embedding).toEqual(first.embedding);
  expect(calls).toBe(1);
  write("voice=bob take=1");
  expect((await (await open())(clip)).embedding).not.toEqual(first.embedding);
  expect(calls).toBe(2);
  await expect((await open())(join(folder, "absent.wav"))).rejects.toThrow("there is no such file");
});
