import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SCALE_FACTORS, SPECTRAL } from "../../lib/audio/formats/aac/code-tables.ts";
import { readAacConfig } from "../../lib/audio/formats/aac/config.ts";
import { aacDecoder } from "../../lib/audio/formats/aac/decoder.ts";
import { clipSeconds, decode } from "../../lib/audio/formats/decode.ts";
import { inverseMdct } from "../../lib/audio/formats/mdct.ts";
import { decodeWhole } from "../support/pcm.ts";
import { ascii, concat } from "../support/wav.ts";
import { bits, escaped, four, number, pair, pairs, single } from "./aac-writer.ts";
import { silentFrame } from "./mp4-writer.ts";

const file = new Uint8Array(readFileSync(join(import.meta.dirname, "../golden/formats/stream.aac")));
const mono = { rateIndex: 8, sampleRateHz: 16_000, channels: 1 } as const;
/** Its first band has four lines. */
const wide = { rateIndex: 4, sampleRateHz: 44_100, channels: 1 } as const;
const stereo = { ...wide, channels: 2 } as const;

/** A frame with a header of 7 bytes. config: the profile, the rate's code and the channels */
function adts(block: Uint8Array, { profile = 1, rate = 8, channels = 1, blocks = 0 } = {}): Uint8Array {
  const length = block.length + 7;
  return concat(
    Uint8Array.of(
      0xff,
      0xf1,
      (profile << 6) | (rate << 2) | (channels >> 2),
      ((channels & 3) << 6) | (length >> 11),
      (length >> 3) & 255,
      ((length & 7) << 5) | 31,
      0xfc | blocks,
    ),
    block,
  );
}
const silence = (frames: number, options = {}): Uint8Array =>
  concat(...Array<Uint8Array>(frames).fill(adts(silentFrame, options)));
const refused = (bytes: Uint8Array) => decodeWhole({ bytes }).catch((error: unknown) => error);

test("each Huffman table is a complete prefix code with every symbol once", () => {
  const symbols = [81, 81, 81, 81, 81, 81, 64, 64, 169, 169, 289, 121];
  for (const [i, table] of [...SPECTRAL, SCALE_FACTORS].entries()) {
    const share = table.counts.reduce((sum, count, k) => sum + count * 2 ** -(k + 1), 0);
    expect(share).toBe(1);
    expect(table.symbols.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: symbols[i] ?? 0 }, (_, k) => k),
    );
    expect(table.counts.reduce((sum, count) => sum + count, 0)).toBe(symbols[i]);
  }
});

test("the inverse MDCT is the sum that defines it", () => {
  for (const size of [32, 128, 1024]) {
    const lines = Float64Array.from({ length: size }, (_, k) => Math.sin(k * k));
    const out = new Float64Array(2 * size);
    inverseMdct(size)(lines, out);
    for (const n of [0, 1, size / 2, size - 1, size, 2 * size - 1]) {
      const term = (x: number, k: number) =>
        x * Math.cos((Math.PI / size) * (n + (size + 1) / 2) * (k + 0.5));
      expect(out[n]).toBeCloseTo(lines.reduce((sum, x, k) => sum + term(x, k), 0) / size, 12);
    }
  }
});

test("reads the rate and the channels of a header", () => {
  expect(readAacConfig(Uint8Array.of(0x12, 0x10))).toEqual({
    rateIndex: 4,
    sampleRateHz: 44_100,
    channels: 2,
  });
  expect(readAacConfig(Uint8Array.of(0x14, 0x08))).toEqual(mono);
  const odd = bits("00010 1111 000000000011111010000001 0001 000");
  expect(readAacConfig(odd)).toEqual({ rateIndex: 8, sampleRateHz: 16_001, channels: 1 });
});

test("names HE-AAC and other kinds of AAC, however they are signaled", () => {
  const headers: Record<string, Uint8Array> = {
    "HE-AAC": bits("00101 0111 0010 0100 00010 000"),
    "HE-AAC v2": bits("11101 0111 0001 0100 00010 000"),
    "AAC Main": bits("00001 0100 0010 000"),
    "AAC-ELD": bits("11111 000111 0100 0001 000"),
    USAC: bits("11111 001010 0100 0001 000"),
    "960 samples": bits("00010 0100 0010 100"),
  };
  for (const [name, header] of Object.entries(headers))
    expect(() => readAacConfig(header)).toThrow(
      expect.objectContaining({ slug: "audio-unsupported-codec", message: expect.stringContaining(name) }),
    );
  const ignoredByOldDecoders = bits("00010 0111 0010 000 01010110111 00101 1 0100");
  expect(() => readAacConfig(ignoredByOldDecoders)).toThrow(/HE-AAC/);
  expect(readAacConfig(bits("00010 0111 0010 000 01010110111 00101 0"))).toMatchObject({ channels: 2 });
});

test("rejects more than two channels", () => {
  for (const header of [bits("00010 0100 0110 000"), bits("00010 0100 0000 000")])
    expect(() => readAacConfig(header)).toThrow(
      expect.objectContaining({ slug: "audio-unsupported-layout" }),
    );
});

test("silence decodes to zeros, one channel or two", () => {
  expect(aacDecoder(mono)(silentFrame)[0]).toEqual(new Float32Array(1024));
  // A pair without a common window.
  const twoChannels = bits(`001 0000 0 ${"00000000 0 00 0 000000 0 0 0 0".repeat(2)} 111`);
  const planes = aacDecoder({ ...mono, channels: 2 })(twoChannels);
  expect(planes).toEqual([new Float32Array(1024), new Float32Array(1024)]);
});

test("HE-AAC that no header announces is refused by the frame", async () => {
  const sbr = bits(`${"000 0000 00000000 0 00 0 000000 0 0 0 0"} 110 0001 1101 0000 111`);
  expect(await refused(concat(adts(sbr), adts(sbr)))).toMatchObject({
    slug: "audio-unsupported-codec",
    message: expect.stringContaining("HE-AAC"),
  });
});

test("skips data, program and fill elements", () => {
  const channel = "000 0000 00000000 0 00 0 000000 0 0 0 0";
  const data = "100 0000 0 00000001 10101010";
  const fill = "110 0010 0000 000000000000";
  const program = `101 0000 01 1000 0001 0000 0000 00 000 0000 0 0 0 00000`;
  const head = `${program}`.replaceAll(" ", "");
  // The program element ends at a byte, then has no comment.
  const aligned = head.padEnd(Math.ceil(head.length / 8) * 8, "0");
  const [planes] = [aacDecoder(mono)(bits(`${aligned}00000000${data}${fill}${channel}111`))];
  expect(planes[0]).toEqual(new Float32Array(1024));
});

test("a data element may start at a whole byte", () => {
  const block = bits("100 0000 1 00000001 11111111 000 0000 00000000 0 00 0 000000 0 0 0 0 111");
  expect(aacDecoder(mono)(block)[0]).toEqual(new Float32Array(1024));
});

const some = { book: 5, lines: pairs(1, -2, 3, 0) };
const left = aacDecoder(wide)(single(some))[0];
const opposite = left.map((x) => -x);

test("intensity stereo copies the left channel, or its opposite, at a stated level", () => {
  const right = (mask: number, book: number, factor = 0) =>
    aacDecoder(stereo)(pair(mask, some, { book, lines: "", factor }))[1];
  expect(right(0, 15)).toEqual(left);
  expect(right(0, 14)).toEqual(opposite);
  // A mark turns it round; marking all bands doesn't.
  expect(right(1, 15)).toEqual(opposite);
  expect(right(2, 15)).toEqual(left);
  expect(right(0, 15, 4)).toEqual(left.map((x) => x / 2));
});

test("middle and side become left and right", () => {
  const one = { book: 1, lines: four(1, 0, 0, 0) };
  const [l, r] = aacDecoder(stereo)(pair(2, one, { book: 1, lines: four(-1, 0, 0, 0) }));
  expect(l).toEqual(new Float32Array(1024));
  const [alone] = aacDecoder(wide)(single(one));
  expect(r).toEqual(alone.map((x) => 2 * x));
  const [same, too] = aacDecoder(stereo)(pair(1, one, { book: 1, lines: four(0, 0, 0, 0) }));
  expect([same, too]).toEqual([alone, alone]);
  expect(() => aacDecoder(stereo)(pair(3, one, one))).toThrow(/damaged/);
});

test("pulses add to the magnitude of a line", () => {
  // One pulse of height 2 at line 0 + 1, where -1 is coded.
  const pulses = `1 00 000000 00001 ${number(2, 4)}`;
  const pulsed = single({ book: 5, lines: pairs(0, -1, 0, 0), pulses });
  const plain = single({ book: 5, lines: pairs(0, -3, 0, 0) });
  expect(aacDecoder(wide)(pulsed)).toEqual(aacDecoder(wide)(plain));
  const positive = single({ book: 5, lines: pairs(0, 1, 0, 0), pulses });
  expect(aacDecoder(wide)(positive)).toEqual(aacDecoder(wide)(single({ book: 5, lines: pairs(0, 3, 0, 0) })));
});

test("large lines are escaped", () => {
  const [large] = aacDecoder(wide)(single({ book: 11, lines: escaped(-27, 0) }));
  const [three] = aacDecoder(wide)(single({ book: 11, lines: escaped(-3, 0) }));
  // 27 to the power of 4/3 is 81.
  const ratio = 81 / 3 ** (4 / 3);
  for (const i of [100, 500, 900]) expect(large[i] / three[i]).toBeCloseTo(ratio, 4);
  const [both] = aacDecoder(wide)(single({ book: 11, lines: escaped(8191, -16) }));
  expect(Math.max(...both)).toBeGreaterThan(10);
  expect(() => aacDecoder(wide)(single({ book: 11, lines: escaped(8192, 0) }))).toThrow(/damaged/);
});

test("a scale factor is a quarter of a doubling", () => {
  const [louder] = aacDecoder(wide)(single({ ...some, factor: 8 }));
  expect(louder).toEqual(left.map((x) => 4 * x));
  expect(() => aacDecoder(wide)(single({ ...some, factor: -60 }))).not.toThrow();
});

test("temporal noise shaping filters the lines by its coefficients", () => {
  // One filter of order 1 over the band, with a reflection of sin(pi / 2 * 1 / 3.5).
  const up = `1 01 0 ${number(49, 6)} 00001 0 0 001`;
  const reflection = Math.sin(Math.PI / 2 / 3.5);
  const one = { book: 1, lines: four(1, 0, 0, 0) };
  const lines = Float64Array.from({ length: 1024 }, (_, i) => (i < 4 ? (-reflection) ** i : 0));
  const out = new Float64Array(2048);
  inverseMdct(1024)(lines, out);
  const [shaped] = aacDecoder(wide)(single({ ...one, tns: up }));
  const [plain] = aacDecoder(wide)(single(one));
  const flat = new Float64Array(2048);
  inverseMdct(1024)(Float64Array.of(1, ...new Float64Array(1023)), flat);
  for (const i of [100, 400, 777]) expect(shaped[i] / plain[i]).toBeCloseTo(out[i] / flat[i], 4);
  expect(() => aacDecoder(wide)(single({ ...one, tns: up.replace("00001 0", "01101 0") }))).toThrow(
    /damaged/,
  );
});

test("a block that breaks the syntax is refused", () => {
  const broken: Record<string, string> = {
    "no channel": "111",
    "two channels": `${"000 0000 00000000 0 00 0 000000 0 0 0 0".repeat(2)} 111`,
    "coupled channels": "010 0000",
    "a low-frequency channel": "011 0000 00000000 0 00 0 000000 0 0 0 0 111",
    prediction: "000 0000 00000000 0 00 0 000001 1 0000",
    "a reserved bit": "000 0000 00000000 1 00 0 000000 0 0 0 0 111",
    "a reserved codebook": "000 0000 00000000 0 00 0 000001 0 1100 00001 000 111",
    "a section beyond the bands": "000 0000 00000000 0 00 0 000001 0 0000 00010 000 111",
    "more bands than there are": "000 0000 00000000 0 00 0 111111 0 0000 00010 000 111",
    "gain control": "000 0000 00000000 0 00 0 000000 0 0 0 1 111",
    "an early end": "000 0000 00000000 0 00 0 000000 0 0 0 0 110 1111 11111111",
  };
  for (const [what, text] of Object.entries(broken))
    expect(() => aacDecoder(mono)(bits(text)), what).toThrow(
      expect.objectContaining({ slug: expect.stringMatching(/^audio-un/) }),
    );
});

test("refuses more than 120 s by counting frames, and reads less", async () => {
  expect(await clipSeconds({ bytes: silence(100) })).toBeCloseTo(6.4, 6);
  expect((await decodeWhole({ bytes: silence(1875) })).channels[0]?.length).toBe(120 * 16_000);
  await expect(decode({ bytes: silence(1876) })).rejects.toMatchObject({ slug: "audio-too-long" });
});

test("skips bytes before the first frame, tags around them, and a last frame that is cut", async () => {
  const whole = await decodeWhole({ bytes: file });
  const tag = concat(ascii("ID3\x03\0\0\0\0\0\x0a"), new Uint8Array(10));
  const id3v1 = concat(ascii("TAG"), new Uint8Array(125));
  expect(await decodeWhole({ bytes: concat(tag, file, id3v1) })).toEqual(whole);
  const cut = await decodeWhole({ bytes: file.subarray(0, -20) });
  expect(cut.channels[0]).toEqual(whole.channels[0].subarray(0, -1024));
});

test("rejects other bytes between the frames, and other profiles", async () => {
  expect(await refused(concat(silence(3), new Uint8Array(70_000), silence(3)))).toMatchObject({
    slug: "audio-undecodable",
  });
  expect(await refused(silence(3, { profile: 0 }))).toMatchObject({
    message: expect.stringContaining("AAC Main"),
  });
  expect(await refused(silence(3, { blocks: 1 }))).toMatchObject({ slug: "audio-unsupported-codec" });
  expect(await refused(silence(3, { rate: 13 }))).toMatchObject({ slug: "audio-undecodable" });
  expect(await refused(silence(3, { rate: 12 }))).toMatchObject({ slug: "audio-unsupported-rate" });
  expect(await refused(silence(3, { channels: 6 }))).toMatchObject({ slug: "audio-unsupported-layout" });
});

test("a clip decodes to the same samples every time, noise included", async () => {
  expect(await decodeWhole({ bytes: file })).toEqual(await decodeWhole({ bytes: file }));
});
