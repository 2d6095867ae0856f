import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { clipSeconds } from "../../lib/audio/formats/decode.ts";
import { readCodebook, readSymbol } from "../../lib/audio/formats/vorbis/codebook.ts";
import { readIdentification, readSetup } from "../../lib/audio/formats/vorbis/setup.ts";
import { decodeWhole } from "../support/pcm.ts";
import { concat } from "../support/wav.ts";
import { packetsOf } from "./ogg-reader.ts";
import { oggPage } from "./ogg-writer.ts";

const file = new Uint8Array(readFileSync(join(import.meta.dirname, "../golden/formats/vorbis.ogg")));
const [identification, comments, setup, ...audio] = packetsOf(file);
const headers = [identification, comments, setup] as const;

/** Writes bits, least significant first. */
function packed(fields: readonly (readonly [value: number, width: number])[]): Uint8Array {
  const bits = fields.flatMap(([value, width]) =>
    Array.from({ length: width }, (_, i) => Math.floor(value / 2 ** i) % 2),
  );
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  for (const [i, bit] of bits.entries()) bytes[i >> 3] |= bit << (i & 7);
  return bytes;
}

/** A file with these packets of audio, whose last page has this time. */
function ogg(
  packets: readonly Uint8Array[],
  granule: bigint,
  some: readonly Uint8Array[] = headers,
): Uint8Array {
  const [first, ...others] = some;
  return concat(
    oggPage([first], { flags: 2 }),
    oggPage(others, { sequence: 1 }),
    oggPage(packets, { flags: 4, granule, sequence: 2 }),
  );
}
const refused = (bytes: Uint8Array) => decodeWhole({ bytes }).catch((error: unknown) => error);

test("the first packet gives no samples, and the last page says where the sound ends", async () => {
  const some = audio.slice(0, 12);
  const whole = await decodeWhole({ bytes: ogg(some, 1_000_000n) });
  const cut = await decodeWhole({ bytes: ogg(some, 1000n) });
  expect(cut.channels[0].length).toBe(1000);
  expect(cut.channels).toEqual(whole.channels.map((plane) => plane.subarray(0, 1000)));
  expect(await clipSeconds({ bytes: ogg(some, 1000n) })).toBeCloseTo(1000 / 44_100, 9);
  const one = await decodeWhole({ bytes: ogg(some.slice(0, 1), 100n) });
  expect(one.channels[0].length).toBe(0);
});

test("a packet that ends early decodes to finite samples, and one that isn't audio is skipped", async () => {
  const short = audio.slice(0, 12).map((packet) => packet.subarray(0, packet.length >> 1));
  const { channels } = await decodeWhole({ bytes: ogg(short, 1_000_000n) });
  expect(channels[0].every(Number.isFinite)).toBe(true);
  const other = Uint8Array.of(1, 2, 3);
  const mixed = audio.slice(0, 12).flatMap((packet) => [other, packet, new Uint8Array(0)]);
  expect(await decodeWhole({ bytes: ogg(mixed, 1_000_000n) })).toEqual(
    await decodeWhole({ bytes: ogg(audio.slice(0, 12), 1_000_000n) }),
  );
});

test("refuses more than 120 s by the sizes of its blocks", async () => {
  const packets = Array.from({ length: 255 }, () => audio[5]);
  const pages = Array.from({ length: 25 }, (_, i) =>
    oggPage(
      packets.map((packet) => packet.subarray(0, 1)),
      { granule: BigInt((i + 1) * 2 ** 30), sequence: i + 2 },
    ),
  );
  const long = concat(
    oggPage([identification], { flags: 2 }),
    oggPage([comments, setup], { sequence: 1 }),
    ...pages,
  );
  expect(await refused(long)).toMatchObject({ slug: "audio-too-long" });
});

test("rejects missing and damaged headers", async () => {
  const cases: readonly (readonly [readonly Uint8Array[], string])[] = [
    [[identification], "audio-undecodable"],
    [[identification, comments, comments], "audio-undecodable"],
    [[identification, comments, setup.subarray(0, -30)], "audio-undecodable"],
    [[identification.subarray(0, 20), comments, setup], "audio-undecodable"],
  ];
  for (const [some, slug] of cases)
    expect(await refused(ogg(audio.slice(0, 3), 1000n, some))).toMatchObject({ slug });
  const rate = identification.slice();
  rate.set([1, 0, 0, 0], 12);
  expect(() => readIdentification(rate)).toThrow(expect.objectContaining({ slug: "audio-unsupported-rate" }));
  const sizes = identification.slice();
  sizes[28] = 0x5b;
  expect(() => readIdentification(sizes)).toThrow(/setup header is invalid/);
});

test("a cut setup header never hangs and never passes", () => {
  for (let length = 7; length < setup.length; length += 13)
    expect(() => readSetup(setup.subarray(0, length), 2)).toThrow(/invalid/);
});

const SYNC = [0x564342, 24] as const;

test("codes are the lowest free ones of their length, read from their highest bit", () => {
  // The example of section 3.2.1: lengths 2, 4, 4, 4, 4, 2, 3, 3.
  const lengths = [2, 4, 4, 4, 4, 2, 3, 3].map((length) => [length - 1, 5] as const);
  const bytes = packed([SYNC, [1, 16], [8, 24], [0, 1], [0, 1], ...lengths, [0, 4]]);
  const book = readCodebook({ bytes, at: 0 });
  const codes = ["00", "0100", "0101", "0110", "0111", "10", "110", "111"];
  for (const [symbol, code] of codes.entries()) {
    const bits = { bytes: packed([...code].map((bit) => [Number(bit), 1] as const)), at: 0 };
    expect(readSymbol(bits, book)).toBe(symbol);
    expect(bits.at).toBe(code.length);
  }
});

test("rejects codes that overlap or leave some out, and codebooks of millions of numbers", () => {
  const book = (lengths: readonly number[]) =>
    packed([
      SYNC,
      [1, 16],
      [lengths.length, 24],
      [0, 1],
      [0, 1],
      ...lengths.map((one) => [one - 1, 5] as const),
      [0, 4],
    ]);
  const bad = [
    book([1, 1, 1]),
    book([2, 2]),
    book([1, 2]),
    packed([SYNC, [65_535, 16], [65_536, 24], [0, 1]]),
    packed([SYNC, [1, 16], [2 ** 24 - 1, 24], [1, 1], [0, 5]]),
  ];
  for (const bytes of bad) expect(() => readCodebook({ bytes, at: 0 })).toThrow(/invalid/);
  // One symbol alone is allowed.
  expect(readSymbol({ bytes: Uint8Array.of(255), at: 0 }, readCodebook({ bytes: book([1]), at: 0 }))).toBe(0);
});
