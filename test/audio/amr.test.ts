import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { clipSeconds, decode } from "../../lib/audio/formats/decode.ts";
import { decodeWhole } from "../support/pcm.ts";
import { ascii, concat } from "../support/wav.ts";
import { mp4, sampleEntry } from "./mp4-writer.ts";

const golden = (name: string) =>
  new Uint8Array(readFileSync(join(import.meta.dirname, "../golden/formats", name)));
const narrow = golden("narrow.amr");
const FRAME = 32;
/** A frame without speech: type 15. */
const noData = Uint8Array.of(0x7c);
const refused = (bytes: Uint8Array) => decodeWhole({ bytes }).catch((error: unknown) => error);

test("frames are 20 ms, with or without speech", async () => {
  const quiet = concat(narrow, ...Array<Uint8Array>(10).fill(noData));
  const frames = (narrow.length - 6) / FRAME;
  expect((await decodeWhole({ bytes: quiet })).channels[0]?.length).toBe((frames + 10) * 160);
  expect(await clipSeconds({ bytes: golden("wide.awb") })).toBeCloseTo(1.18, 1);
});

test("leaves out a frame that the file ends in", async () => {
  const whole = await decodeWhole({ bytes: narrow });
  const { channels } = await decodeWhole({ bytes: narrow.subarray(0, -3) });
  expect(channels[0]).toEqual(whole.channels[0].subarray(0, -160));
  const frames = (narrow.length - 6) / FRAME;
  expect(await clipSeconds({ bytes: narrow.subarray(0, -3) })).toBeCloseTo((frames - 1) * 0.02, 9);
});

test("a 3GP file may have several frames in a packet", async () => {
  const frames = Array.from({ length: 6 }, (_, i) => narrow.subarray(6 + i * FRAME, 6 + (i + 1) * FRAME));
  const pairs = [0, 2, 4].map((i) => concat(frames[i], frames[i + 1]));
  const entry = sampleEntry("samr", []);
  const { channels } = await decodeWhole({ bytes: mp4(pairs, { entry }) });
  expect(channels[0]).toEqual((await decodeWhole({ bytes: narrow })).channels[0].subarray(0, 6 * 160));
  const cut = mp4([frames[0].subarray(0, 20)], { entry });
  expect(await refused(cut)).toMatchObject({ slug: "audio-undecodable" });
});

test("rejects reserved frame types, more than 120 s and several channels", async () => {
  for (const first of [0x4c, 0x80, 0x03])
    expect(await refused(concat(ascii("#!AMR\n"), Uint8Array.of(first), new Uint8Array(40)))).toMatchObject({
      slug: "audio-undecodable",
    });
  const quiet = (count: number) => concat(ascii("#!AMR\n"), new Uint8Array(count).fill(0x7c));
  await expect(decode({ bytes: quiet(6001) })).rejects.toMatchObject({ slug: "audio-too-long" });
  expect(await clipSeconds({ bytes: quiet(6000) })).toBe(120);
  expect(await refused(concat(ascii("#!AMR_MC1.0\n"), new Uint8Array(40)))).toMatchObject({
    slug: "audio-unsupported-layout",
  });
});
