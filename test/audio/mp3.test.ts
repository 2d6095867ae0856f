import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { clipSeconds, decode } from "../../lib/audio/formats/decode.ts";
import { decodeWhole } from "../support/pcm.ts";
import { ascii, concat } from "../support/wav.ts";

const file = new Uint8Array(readFileSync(join(import.meta.dirname, "../golden/formats/lame.mp3")));
/** A silent frame of MPEG-1 at 32 kbit/s: 36 ms of mono at 32 kHz. */
const silent = concat(Uint8Array.of(0xff, 0xfb, 0x18, 0xc0), new Uint8Array(140));
const frames = (count: number) => concat(...Array<Uint8Array>(count).fill(silent));

test("refuses more than 120 s by counting frames, and reads less", async () => {
  expect(await clipSeconds({ bytes: frames(100) })).toBeCloseTo(3.6, 6);
  await expect(decode({ bytes: frames(3400) })).rejects.toMatchObject({ slug: "audio-too-long" });
});

test("the stated length is within 0.1 s of the decoded one", async () => {
  const { channels, sampleRateHz } = await decodeWhole({ bytes: file });
  const seconds = channels[0].length / sampleRateHz;
  expect(Math.abs((await clipSeconds({ bytes: file })) - seconds)).toBeLessThan(0.1);
});

test("ignores tags around the frames", async () => {
  const tag = concat(ascii("ID3\x03\0\0\0\0\0\x0a"), new Uint8Array(10));
  const id3v1 = concat(ascii("TAG"), new Uint8Array(125));
  const whole = await decodeWhole({ bytes: file });
  expect(await decodeWhole({ bytes: concat(tag, file, id3v1) })).toEqual(whole);
});

test("rejects a file without frames, and more than 64 kB between frames", async () => {
  for (const bytes of [silent.subarray(0, 50), concat(frames(2), new Uint8Array(70_000), frames(2))])
    await expect(decode({ bytes })).rejects.toMatchObject({ slug: "audio-undecodable" });
});
