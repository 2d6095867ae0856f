import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { crc32Ogg } from "../../lib/audio/formats/crc.ts";
import { readSamples } from "../../lib/audio/read-samples.ts";
import { AppError } from "../../lib/error.ts";
import { concat, tone, uint32, wav } from "../support/wav.ts";
import { constantFlac } from "./flac-writer.ts";
import { oggOpus } from "./ogg-writer.ts";

const file = (name: string) =>
  new Uint8Array(readFileSync(join(import.meta.dirname, "../golden/audio", name)));
const voice = tone(200, 16_000, 0.05);
const seeds: Record<string, Uint8Array> = {
  "PCM WAV": wav([voice]),
  "stereo float WAV": wav([voice, voice], { tag: 0xfffe, subTag: 3, bits: 32, rateHz: 44_100 }),
  "mu-law WAV": wav([voice], { tag: 7, bits: 8, rateHz: 8_000 }),
  Opus: file("mono.opus"),
  "stereo Opus": file("stereo.opus"),
  FLAC: file("wasted.flac"),
  "live WebM": file("../formats/live.webm"),
  MP3: file("../formats/lame.mp3"),
  MP4: file("../formats/iphone.m4a"),
  "fragmented MP4": file("../formats/safari.mp4"),
  AAC: file("../formats/stream.aac"),
  Vorbis: file("../formats/vorbis.ogg"),
  "AMR in 3GP": file("../formats/amr.3gp"),
  CAF: file("../formats/opus.caf"),
  Matroska: file("../formats/opus.mkv"),
  "IMA ADPCM WAV": file("../formats/ima-stereo.wav"),
  "MS ADPCM WAV": file("../formats/ms.wav"),
  "stereo FLAC": file("left-side.flac").slice(0, 9_000),
  "constant FLAC": constantFlac([1, 2, 3], { total: 0 }),
};
const MAGIC = ["RIFF\0\0\0\0WAVEfmt \x10\0\0\0", "OggS\0\x02", "fLaC\0\0\0\x22"];

/** Requires either samples or an AppError about the audio. */
async function survives(bytes: Uint8Array): Promise<void> {
  const result = await readSamples({ bytes }).catch((e: unknown) => e);
  if (result instanceof AppError) {
    expect(result.slug).toMatch(
      /^(audio-(undecodable|truncated|unsupported-.*|invalid-samples|too-long)|empty-body)$/,
    );
    return;
  }
  expect(result).toHaveProperty("samples");
  const { samples } = result as Awaited<ReturnType<typeof readSamples>>;
  expect(samples.length).toBeLessThanOrEqual(120 * 16_000);
  for (const x of samples) if (!Number.isFinite(x)) throw new Error(`sample ${x}`);
}

/** Overwrites bytes by [offset, value]; most offsets are in the headers. */
const edits = fc.array(
  fc.tuple(
    fc.oneof(fc.nat(63), fc.nat(1_000), fc.nat(20_000)),
    fc.oneof(fc.constantFrom(0, 1, 127, 128, 255), fc.nat(255)),
  ),
  { minLength: 1, maxLength: 6 },
);

for (const [name, seed] of Object.entries(seeds)) {
  test(`${name} decodes or fails cleanly with bytes changed, cut off or added`, async () => {
    await survives(seed);
    await fc.assert(
      fc.asyncProperty(edits, fc.double({ min: 0, max: 1.2, noNaN: true }), async (changes, share) => {
        const bytes = seed.slice(0, Math.max(1, seed.length * share));
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        await survives(bytes);
      }),
      { seed: 2, numRuns: 250 },
    );
  });
}

test("random bytes, with or without the right magic, fail cleanly", async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom("", ...MAGIC), fc.uint8Array({ maxLength: 600 }), async (magic, bytes) =>
      survives(concat(new Uint8Array(Buffer.from(magic, "latin1")), bytes)),
    ),
    { seed: 3, numRuns: 500 },
  );
});

test("random packets in valid Ogg pages reach the decoder only if they are Opus packets", async () => {
  const packets = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(packets, fc.bigInt({ min: 0n, max: 2n ** 40n }), async (some, end) =>
      survives(oggOpus(some, 960, undefined, end)),
    ),
    { seed: 4, numRuns: 200 },
  );
});

test("Opus packets with random contents decode to finite samples", async () => {
  const packet = fc
    .tuple(fc.nat(63), fc.uint8Array({ minLength: 1, maxLength: 200 }))
    .map(([toc, body]) => concat(Uint8Array.of(toc << 2), body));
  await fc.assert(
    fc.asyncProperty(fc.array(packet, { minLength: 1, maxLength: 10 }), async (some) =>
      survives(oggOpus(some, 960)),
    ),
    { seed: 5, numRuns: 150 },
  );
});

test("a damaged Opus page with a corrected checksum fails cleanly", async () => {
  const seed = file("mono.opus");
  await fc.assert(
    fc.asyncProperty(edits, async (changes) => {
      const bytes = seed.slice();
      for (const [at, value] of changes) if (at > 120 && at < bytes.length) bytes[at] = value;
      const last = Buffer.from(bytes).lastIndexOf("OggS");
      bytes.set(uint32(crc32Ogg(bytes, last, bytes.length, last + 22)), last + 22);
      await survives(bytes);
    }),
    { seed: 6, numRuns: 200 },
  );
});

test("headers that declare gigabytes don't allocate them", async () => {
  const wavHead = wav([voice]);
  const claims = [0x7fff_ffff, 0xffff_fffe, 0xffff_ffff, 0x4000_0000].flatMap((size) =>
    [4, 16, 24, 28, 40].map((at) => {
      const bytes = wavHead.slice();
      bytes.set(uint32(size), at);
      return bytes;
    }),
  );
  const flac = constantFlac([0], { rateHz: 192_000, channels: 2, bits: 24, total: 120 * 192_000 });
  const before = process.memoryUsage();
  for (const bytes of [...claims, flac, oggOpus([], 960, undefined, 2n ** 62n)]) await survives(bytes);
  const after = process.memoryUsage();
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(20e6);
  expect(after.rss - before.rss).toBeLessThan(100e6);
});
