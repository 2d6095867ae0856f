import { expect, test } from "vitest";
import { inMemory } from "../../lib/audio/byte-source.ts";
import { LONG } from "../../lib/audio/limits.ts";
import { readLong } from "../../lib/audio/read-long.ts";
import { readSamples } from "../../lib/audio/read-samples.ts";
import { chunk, concat, fmtChunk, riff, tone, wav } from "../support/wav.ts";

async function samplesOf(bytes: Uint8Array, channel?: number): Promise<Float32Array> {
  const { blocks } = await readLong({ file: inMemory(bytes), channel });
  const all = [...blocks];
  expect(all.slice(0, -1).every(({ length }) => length === 16_000)).toBe(true);
  return Float32Array.from(all.flatMap((block) => [...block]));
}

for (const [name, rateHz] of [
  ["16 kHz", 16_000],
  ["44.1 kHz", 44_100],
  ["96 kHz", 96_000],
] as const)
  test(`has the samples that a clip has, at ${name}`, async () => {
    const bytes = wav([tone(440, rateHz, 2.51)], { rateHz });
    const { samples } = await readSamples({ bytes });
    expect(await samplesOf(bytes)).toEqual(samples);
  });

test("takes the channel that contains the speaker, or the one that is asked for", async () => {
  const [voice, silence, other] = [tone(440, 16_000, 3), new Float32Array(48_000), tone(600, 16_000, 3)];
  const mono = await samplesOf(wav([voice]));
  expect(await samplesOf(wav([silence, voice]))).toEqual(mono);
  expect(await samplesOf(wav([other, voice]), 1)).toEqual(mono);
});

test("refuses channels that differ at the end before it returns a block", async () => {
  const planes = [tone(440, 16_000, 3), tone(440, 16_000, 3)];
  planes[1].subarray(44_000).fill(0);
  await expect(readLong({ file: inMemory(wav(planes)) })).rejects.toMatchObject({
    slug: "audio-unsupported-layout",
  });
});

test("reads more than a clip may have, and refuses more than an hour by its header", async () => {
  const silence = (seconds: number) => {
    const data = chunk("data", new Uint8Array(8_000 * seconds));
    return riff(fmtChunk({ tag: 7, bits: 8, rateHz: 8_000 }), data);
  };
  expect(await samplesOf(silence(121))).toHaveLength(121 * 16_000);
  const hour = concat(silence(1));
  const view = new DataView(hour.buffer);
  const stated = (seconds: number) => {
    view.setUint32(40, seconds * 8_000, true);
    return readLong({ file: inMemory(hour) });
  };
  await expect(stated(LONG.maxSeconds)).rejects.toMatchObject({ slug: "audio-truncated" });
  await expect(stated(LONG.maxSeconds + 1)).rejects.toMatchObject({ slug: "audio-too-long" });
});
