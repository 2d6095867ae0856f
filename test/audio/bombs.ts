import { crc8Flac, crc16Flac } from "../../lib/audio/formats/crc.ts";
import { chunk, concat, riff, wav } from "../support/wav.ts";
import { containerBombs } from "./container-bombs.ts";
import { constantFlac } from "./flac-writer.ts";
import { oggOpus, oggPage, opusHead, opusTags, silence120 } from "./ogg-writer.ts";

/** One frame of 2.5 ms in one byte, the shortest Opus packet. */
const shortest = Uint8Array.of(16 << 3);
const HIGH = { rateHz: 192_000, channels: 2, blockSize: 65_535 };

/** Small files that decode to a lot, or large ones that decode to nothing. Each must be refused. */
export const bombs: Record<string, () => Uint8Array> = {
  "6 kB of FLAC that decode to 120 s of stereo at 192 kHz": () => constantFlac(alternating(351), HIGH),
  "35 kB of FLAC of unknown length with predictors of order 32": () =>
    predictedFlac({ frames: 400, rateHz: 48_000, blockSize: 32_768 }),
  "35 kB of FLAC of unknown length in stereo, one hour": () =>
    constantFlac(alternating(2_000), { ...HIGH, total: 0 }),
  "FLAC in blocks of 16 samples": () => repeated(constantFrame(16), 800_000),
  "FLAC in blocks of 16 samples that states its length": () =>
    repeated(constantFrame(16), 700_000, { total: 700_000 * 16 }),
  "FLAC in blocks of 16 samples that states its length and longer blocks": () =>
    repeated(constantFrame(16), 700_000, { total: 700_000 * 16, maxBlock: 65_535 }),
  "60 s of FLAC at 192 kHz in predicted blocks of 192 samples, damaged at its end": () =>
    damaged(predictedFlac({ frames: 59_000, rateHz: 192_000, blockSize: 192 })),
  "120 s of FLAC with predictors of order 32, damaged at its end": () =>
    damaged(predictedFlac({ frames: 175, rateHz: 48_000, blockSize: 32_768 })),
  "FLAC in blocks of one sample": () => repeated(constantFrame(1), 1_000_000),
  "4.4 MB of Opus in packets of one byte": () => fullPages(2_100_000),
  "24 MB of Opus in packets of one byte": () => fullPages(11_500_000),
  "10 hours of Opus silence": () => oggOpus(Array<Uint8Array>(300_000).fill(silence120), 5760),
  "24 MB of empty Ogg pages": () => emptyPages(850_000),
  "24 MB of Opus with a page for each packet of one byte": () => tinyPages(830_000),
  "24 MB of comments in Ogg pages of one segment": () => longComment(84_000),
  "24 MB of WAV in chunks of no bytes": () => emptyChunks(3_000_000),
  "24 MB of WAV with 8 channels of 64-bit floats": () =>
    wav(Array<Float32Array>(8).fill(new Float32Array(375_000)), { rateHz: 48_000, tag: 3, bits: 64 }),
  "120 s of WAV whose last sample isn't a number": () =>
    wav([new Float32Array(120 * 48_000).fill(Number.NaN, -1)], { rateHz: 48_000, tag: 3, bits: 32 }),
  "20 MB of WAV at 192 kHz": () => wav([new Float32Array(20_000_000)], { rateHz: 192_000, bits: 8 }),
  "120 s of stereo WAV whose channels differ in the last second": () => differing(),
  "120 s of stereo Opus that ends in a damaged page": () => damagedEnd(),
  ...containerBombs,
};

/** A clip of the same format, by first bytes, which loads its decoder. */
const WARM_UPS: readonly (readonly [magic: string, file: string])[] = [
  ["RIFF", "formats/ima.wav"],
  ["fLaC", "audio/mono16.flac"],
  ["#!AMR", "formats/narrow.amr"],
  ["caff", "formats/opus.caf"],
  ["\x1a\x45", "formats/live.webm"],
  ["\xff", "formats/stream.aac"],
];

/** Returns the name of a file in test/golden that loads the decoder of these bytes. */
export function warmUpFor(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, 64)).toString("latin1");
  const found = WARM_UPS.find(([magic]) => head.startsWith(magic));
  if (head.startsWith("OggS")) return head.includes("vorbis") ? "formats/vorbis.ogg" : "audio/mono.opus";
  return found?.[1] ?? "formats/iphone.m4a";
}

const alternating = (count: number) => Array.from({ length: count }, (_, i) => (i % 2 ? 3 : -3));

function differing(): Uint8Array {
  const left = new Float32Array(120 * 48_000).fill(0.1);
  return wav([left, left.map((x, i) => (i < left.length - 48_000 ? x : -x))], { rateHz: 48_000, bits: 16 });
}

function damagedEnd(): Uint8Array {
  const stereo = Uint8Array.of((31 << 3) | 7, 6);
  return damaged(oggOpus(Array<Uint8Array>(999).fill(stereo), 5760, opusHead(2)));
}

function damaged(bytes: Uint8Array): Uint8Array {
  bytes[bytes.length - 1] ^= 1;
  return bytes;
}

/** A WAV file of chunks without content, and no samples. */
const emptyChunks = (count: number) => riff(Buffer.alloc(count * 8, chunk("junk", new Uint8Array(0))));

/** Pages of 255 packets of one byte. */
function fullPages(packets: number): Uint8Array {
  const some = Array<Uint8Array>(255).fill(shortest);
  const count = Math.floor(packets / 255);
  const pages = Array.from({ length: count }, (_, i) =>
    oggPage(some, { flags: i === count - 1 ? 4 : 0, granule: BigInt((i + 1) * 255 * 120), sequence: i + 2 }),
  );
  return withHeaders(pages);
}

/** Pages of one packet of one byte. */
function tinyPages(count: number): Uint8Array {
  return withHeaders(
    Array.from({ length: count }, (_, i) =>
      oggPage([shortest], { granule: BigInt((i + 1) * 120), sequence: i + 2 }),
    ),
  );
}

function emptyPages(count: number): Uint8Array {
  const pages = Array.from({ length: count }, (_, i) => oggPage([], { sequence: i + 2 }));
  return withHeaders([...pages, oggPage([new Uint8Array(0)], { flags: 4, sequence: count + 2 })]);
}

function withHeaders(pages: readonly Uint8Array[]): Uint8Array {
  const head = oggPage([opusHead()], { flags: 2 });
  return Buffer.concat([head, oggPage([opusTags], { sequence: 1 }), ...pages]);
}

/** A packet of `count` segments, each in a page of its own, and no audio after it. */
function longComment(count: number): Uint8Array {
  const segment = concat(opusTags, new Uint8Array(255 - opusTags.length));
  const pages = Array.from({ length: count }, (_, i) =>
    oggPage([segment], { flags: i === 0 ? 0 : 1, granule: -1n, sequence: i + 1 }, [255]),
  );
  return Buffer.concat([oggPage([opusHead()], { flags: 2 }), ...pages]);
}

type Frame = (index: number) => Uint8Array;

/** Returns a mono FLAC file of 8-bit samples at 192 kHz. `total`: in the header; 0: unknown. */
function repeated(frame: Frame, count: number, { total = 0, maxBlock = 16 } = {}): Uint8Array {
  const header = constantFlac([], { rateHz: 192_000, bits: 8, blockSize: maxBlock, total });
  return Buffer.concat([header, ...Array.from({ length: count }, (_, i) => frame(i))]);
}

const constantFrame =
  (blockSize: number): Frame =>
  (index) =>
    sealed(frameHead(index, blockSize), Uint8Array.of(0, index & 1 ? 1 : 255));

/** Returns a mono FLAC file whose frames take as much work per sample as the format allows. */
function predictedFlac(options: { frames: number; rateHz: number; blockSize: number }): Uint8Array {
  const { frames, rateHz, blockSize } = options;
  const bits = [
    // A linear predictor of order 32, its first samples, 2-bit weights with a shift of 5, and one
    // partition of a residual without bits.
    "01111110",
    "0000000000000001".repeat(32),
    `000100101${"01".repeat(32)}`,
    "000000111100000",
  ].join("");
  const subframe = Uint8Array.from(bits.match(/.{1,8}/g) ?? [], (byte) =>
    Number.parseInt(byte.padEnd(8, "0"), 2),
  );
  const header = constantFlac([], { rateHz, blockSize, total: 0 });
  const body = Array.from({ length: frames }, (_, i) => sealed(frameHead(i, blockSize), subframe));
  return Buffer.concat([header, ...body]);
}

/** Codes: a block size of 16 bits, everything else as in STREAMINFO, one channel. */
function frameHead(index: number, blockSize: number): Uint8Array {
  const size = blockSize - 1;
  const head = concat(
    Uint8Array.of(0xff, 0xf8, 0x70, 0),
    frameNumber(index),
    Uint8Array.of(size >> 8, size & 255),
  );
  return concat(head, Uint8Array.of(crc8Flac(head, 0, head.length)));
}

/** Encodes a frame number below 2^21 like a character in UTF-8. */
function frameNumber(index: number): Uint8Array {
  const low = 0x80 | (index & 63);
  if (index < 128) return Uint8Array.of(index);
  if (index < 2 ** 11) return Uint8Array.of(0xc0 | (index >> 6), low);
  const middle = 0x80 | ((index >> 6) & 63);
  if (index < 2 ** 16) return Uint8Array.of(0xe0 | (index >> 12), middle, low);
  return Uint8Array.of(0xf0 | (index >> 18), 0x80 | ((index >> 12) & 63), middle, low);
}

function sealed(head: Uint8Array, subframes: Uint8Array): Uint8Array {
  const frame = concat(head, subframes);
  const crc = crc16Flac(frame, 0, frame.length);
  return concat(frame, Uint8Array.of(crc >> 8, crc & 255));
}
