import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { clipSeconds, decode } from "../../lib/audio/formats/decode.ts";
import { decodeWhole } from "../support/pcm.ts";
import { ascii, concat } from "../support/wav.ts";
import { AAC_LC, big16, big32, big64, silentFrame } from "./mp4-writer.ts";

const float64 = (x: number): Uint8Array => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, x);
  return bytes;
};
const chunk = (type: string, content: Uint8Array, size = content.length): Uint8Array =>
  concat(ascii(type), size < 0 ? new Uint8Array(8).fill(255) : big64(size), content);
type Description = {
  format?: string;
  flags?: number;
  bytes?: number;
  frames?: number;
  channels?: number;
  bits?: number;
};
const description = ({
  format = "lpcm",
  flags = 2,
  bytes = 2,
  frames = 1,
  channels = 1,
  bits = 16,
}: Description) =>
  chunk("desc", concat(float64(16_000), ascii(format), ...[flags, bytes, frames, channels, bits].map(big32)));
const data = (samples: Uint8Array, size?: number) =>
  chunk("data", concat(big32(0), samples), size === undefined ? samples.length + 4 : size);
const caf = (...chunks: Uint8Array[]) => concat(ascii("caff"), big16(1), big16(0), ...chunks);
const refused = (bytes: Uint8Array) => decodeWhole({ bytes }).catch((error: unknown) => error);
const left = async (bytes: Uint8Array) => [...((await decodeWhole({ bytes })).channels[0] ?? [])];

test("reads integers and floats in both byte orders", async () => {
  // -0.5 and 0.25
  const cases: readonly (readonly [Description, readonly number[]])[] = [
    [{ bits: 8, bytes: 1 }, [0xc0, 0x20]],
    [{ flags: 2 }, [0, 0xc0, 0, 0x20]],
    [{ flags: 0 }, [0xc0, 0, 0x20, 0]],
    [{ flags: 2, bits: 24, bytes: 3 }, [0, 0, 0xc0, 0, 0, 0x20]],
    [{ flags: 0, bits: 24, bytes: 3 }, [0xc0, 0, 0, 0x20, 0, 0]],
    [{ flags: 0, bits: 32, bytes: 4 }, [0xc0, 0, 0, 0, 0x20, 0, 0, 0]],
    [{ flags: 1, bits: 32, bytes: 4 }, [0xbf, 0, 0, 0, 0x3e, 0x80, 0, 0]],
    [{ flags: 3, bits: 32, bytes: 4 }, [0, 0, 0, 0xbf, 0, 0, 0x80, 0x3e]],
    [{ flags: 1, bits: 64, bytes: 8 }, [...float64(-0.5), ...float64(0.25)]],
  ];
  for (const [layout, bytes] of cases)
    expect(await left(caf(description(layout), data(Uint8Array.from(bytes))))).toEqual([-0.5, 0.25]);
});

test("the size of the last chunk may be unknown, as recorders write it", async () => {
  const bytes = caf(description({}), chunk("free", new Uint8Array(50)), data(Uint8Array.of(0, 0x40), -1));
  expect(await left(bytes)).toEqual([0.5]);
  expect(await clipSeconds({ bytes })).toBe(1 / 16_000);
});

test("decodes AAC by its packet table, without priming and padding", async () => {
  // A descriptor as in an esds box.
  const cookie = concat(
    Uint8Array.of(3, 25, 0, 0, 0, 4, 17, 0x40, 0x15),
    new Uint8Array(11),
    Uint8Array.of(5, 2),
    AAC_LC,
  );
  const table = (count: number, sizes: readonly number[]) =>
    chunk("pakt", concat(big64(count), big64(0), big32(2112), big32(100), Uint8Array.from(sizes)));
  const layout = description({ format: "aac ", bytes: 0, frames: 1024, bits: 0 });
  const sound = data(concat(...Array<Uint8Array>(5).fill(silentFrame)));
  const file = (packets: Uint8Array) => caf(layout, chunk("kuki", cookie), packets, sound);
  expect(await left(file(table(5, [4, 4, 0x80, 4, 4, 4])))).toHaveLength(5 * 1024 - 2112 - 100);
  for (const [packets, slug] of [
    [table(6, [4, 4, 4, 4, 4, 4]), "audio-undecodable"],
    [table(5, [4, 4, 4]), "audio-undecodable"],
    [table(5, Array(40).fill(255)), "audio-undecodable"],
    [table(2 ** 40, [4]), "audio-too-long"],
  ] as const)
    expect(await refused(file(packets))).toMatchObject({ slug });
  const short = file(table(5, [4, 4, 4]));
  await expect(decode({ bytes: short })).rejects.toThrow("lists packets that it doesn't have");
});

test("names what it doesn't decode, and rejects what is cut or contradictory", async () => {
  const samples = data(new Uint8Array(200));
  const cases: readonly (readonly [Uint8Array, string, string])[] = [
    [caf(description({ format: "alac" }), samples), "audio-unsupported-codec", "ALAC"],
    [caf(description({ format: "zzzz" }), samples), "audio-unsupported-codec", "zzzz"],
    [caf(description({ channels: 3 }), samples), "audio-unsupported-layout", "3 channels"],
    [caf(description({ bits: 17 }), samples), "audio-undecodable", "17-bit"],
    [caf(description({})), "audio-undecodable", "no `data` chunk"],
    [caf(samples), "audio-undecodable", "`desc`"],
    [caf(description({}), data(new Uint8Array(20), 5000)), "audio-truncated", "`data` chunk"],
    [caf(description({ format: "aac ", bytes: 0, frames: 1024 }), samples), "audio-undecodable", "header"],
    [caf(description({ format: "opus", bytes: 0, frames: 960 }), samples), "audio-undecodable", "packets"],
  ];
  for (const [bytes, slug, says] of cases)
    expect(await refused(bytes)).toMatchObject({ slug, message: expect.stringContaining(says) });
  const long = caf(description({}), data(new Uint8Array(2 * (120 * 16_000 + 1))));
  await expect(decode({ bytes: long })).rejects.toMatchObject({ slug: "audio-too-long" });
});

test("IMA 4:1 keeps the exact sample from one packet to the next", async () => {
  const file = new Uint8Array(readFileSync(join(import.meta.dirname, "../golden/formats/ima4.caf")));
  const { channels } = await decodeWhole({ bytes: file });
  expect(channels).toHaveLength(2);
  const loud = channels[0].reduce((sum, x) => sum + x * x, 0);
  // The right channel has a quarter of the left one's amplitude, at the accuracy of 4 bits.
  const difference = channels[1].reduce((sum, x, i) => sum + (x - channels[0][i] / 4) ** 2, 0);
  expect(difference).toBeLessThan(loud / 16 / 100);
});
