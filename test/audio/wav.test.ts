import { expect, test } from "vitest";
import * as wavefile from "wavefile";
import { inMemory } from "../../lib/audio/byte-source.ts";
import { readRiff } from "../../lib/audio/formats/riff.ts";
import { CLIP } from "../../lib/audio/limits.ts";
import { decodeWhole as decode } from "../support/pcm.ts";
import { ascii, chunk, concat, fmtChunk, riff, tone, uint32, type WavFormat, wav } from "../support/wav.ts";

const layoutOf = (bytes: Uint8Array) => readRiff(inMemory(bytes), CLIP);
const WaveFile = wavefile.WaveFile ?? wavefile.default.WaveFile;
const planes = [tone(440, 16_000, 0.02, 1), tone(1000, 16_000, 0.02, 0.3)];

/**
 * Returns what wavefile reads from the same bytes, in its own units. It doesn't support extensible
 * float.
 */
function oracle(bytes: Uint8Array, scale: number, offset = 0): Float32Array[] {
  const file = new WaveFile(bytes);
  // With several channels wavefile returns an array of arrays, contrary to its types.
  const samples: unknown = file.getSamples(false);
  const list = Array.isArray(samples) ? samples : [samples];
  return list.map((plane: Float64Array) => Float32Array.from(plane, (x) => (x - offset) / scale));
}

const formats: [name: string, format: WavFormat, scale: number, offset?: number][] = [
  ["8-bit", { bits: 8 }, 128, 128],
  ["16-bit", { bits: 16 }, 2 ** 15],
  ["24-bit", { bits: 24 }, 2 ** 23],
  ["32-bit", { bits: 32 }, 2 ** 31],
  ["32-bit float", { tag: 3, bits: 32 }, 1],
  ["64-bit float", { tag: 3, bits: 64 }, 1],
  ["extensible 16-bit", { tag: 0xfffe, subTag: 1, bits: 16 }, 2 ** 15],
  ["extensible 24-bit", { tag: 0xfffe, subTag: 1, bits: 24 }, 2 ** 23],
];

for (const [name, format, scale, offset] of formats) {
  test(`${name} samples match wavefile, with one channel and with two`, async () => {
    for (const some of [planes.slice(0, 1), planes]) {
      const bytes = wav(some, format);
      const pcm = await decode({ bytes });
      expect(pcm.channels).toEqual(oracle(bytes, scale, offset));
      expect(pcm.sampleRateHz).toBe(16_000);
    }
  });
}

test("reads extensible float as float, which wavefile treats as integers", async () => {
  const pcm = await decode({ bytes: wav(planes, { tag: 0xfffe, subTag: 3, bits: 32 }) });
  expect(pcm.channels).toEqual(planes);
});

test("A-law and mu-law expand to the values of G.711", async () => {
  // ITU-T G.711: the smallest, the largest and zero codes, as 16-bit values over 32768.
  const law = (tag: number, codes: number[]) =>
    decode({ bytes: riff(fmtChunk({ tag, bits: 8, rateHz: 8000 }), chunk("data", Uint8Array.from(codes))) });
  const aLaw = await law(6, [0xd5, 0x55, 0xaa, 0x2a]);
  expect([...aLaw.channels[0]].map((x) => x * 32_768)).toEqual([8, -8, 32_256, -32_256]);
  const muLaw = await law(7, [0xff, 0x7f, 0x80, 0x00]);
  expect([...muLaw.channels[0]].map((x) => Math.abs(x * 32_768))).toEqual([0, 0, 32_124, 32_124]);
  expect(muLaw.channels[0][2]).toBeGreaterThan(0);
  expect(muLaw.channels[0][3]).toBeLessThan(0);
});

test("separates two companded channels, and returns none for none", async () => {
  const stereo = riff(
    fmtChunk({ tag: 7, bits: 8, channels: 2 }),
    chunk("data", Uint8Array.of(0x80, 0, 0x80, 0, 0x80, 0)),
  );
  const { channels } = await decode({ bytes: stereo });
  expect(channels.map((plane) => [...plane].map(Math.sign))).toEqual([
    [1, 1, 1],
    [-1, -1, -1],
  ]);
  const empty = riff(fmtChunk({ tag: 6, bits: 8 }), chunk("data", new Uint8Array(0)));
  expect((await decode({ bytes: empty })).channels[0]).toHaveLength(0);
});

test("reads a WAV inside a larger buffer from its start", async () => {
  const bytes = wav(planes);
  const shifted = concat(ascii("xyz"), bytes).subarray(3);
  expect(await decode({ bytes: shifted })).toEqual(await decode({ bytes }));
});

test("finds samples after other chunks and cuts them to whole frames", () => {
  const data = chunk("data", new Uint8Array(10));
  const layout = layoutOf(riff(chunk("JUNK", new Uint8Array(28)), fmtChunk({ channels: 2 }), data));
  expect(layout).toMatchObject({
    codec: "pcm",
    bits: 16,
    channels: 2,
    dataOffset: 12 + 36 + 24 + 8,
    frames: 2,
  });
});

test("a streamed header takes all remaining bytes, and an empty recording none of the next chunk", () => {
  const samples = new Uint8Array(6);
  const streamed = (size: number) => layoutOf(riff(fmtChunk(), chunk("data", samples, size))).frames;
  expect([0xffff_ffff, 0, 0x7fff_f000, 0x8000_0000].map(streamed)).toEqual([3, 3, 3, 3]);
  const list = chunk("LIST", concat(ascii("INFO"), uint32(0)));
  expect(layoutOf(riff(fmtChunk(), chunk("data", new Uint8Array(0)), list)).frames).toBe(0);
});

test("16-bit samples decode alike at even and odd offsets in memory", async () => {
  const stereo = [tone(200, 16_000, 0.1), tone(300, 16_000, 0.1)];
  const bytes = wav(stereo);
  const shifted = new Uint8Array(bytes.length + 1);
  shifted.set(bytes, 1);
  const whole = await decode({ bytes });
  expect(await decode({ bytes: shifted.subarray(1) })).toEqual(whole);
  for (const [channel, plane] of whole.channels.entries())
    for (const i of [0, 1, 700, 1599]) expect(plane[i]).toBeCloseTo(stereo[channel][i], 4);
});
