import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { inMemory } from "../../lib/audio/byte-source.ts";
import { decode as decodeBlocks } from "../../lib/audio/formats/decode.ts";
import { readOgg } from "../../lib/audio/formats/ogg.ts";
import { putBack, takeDecoder } from "../../lib/audio/formats/opus-decoders.ts";
import { packetSamples } from "../../lib/audio/formats/opus-packet.ts";
import { CLIP } from "../../lib/audio/limits.ts";
import { AppError } from "../../lib/error.ts";
import { decodeWhole as decode } from "../support/pcm.ts";
import { concat } from "../support/wav.ts";
import { oggOpus, oggPage, opusHead, opusTags, silence120 } from "./ogg-writer.ts";

const FOLDER = join(import.meta.dirname, "../golden/audio");
const file = (name: string) => new Uint8Array(readFileSync(join(FOLDER, name)));
type Golden = { file: string; rateHz: number; channels: number; length: number; samples?: number[][] };
const golden: Golden[] = JSON.parse(readFileSync(join(FOLDER, "decode.json"), "utf8"));
const pagesOf = (bytes: Uint8Array) =>
  [...readOgg(inMemory(bytes), CLIP)].map(({ granule, packets }) => ({ granule, packets: packets() }));
const packetsOf = (name: string) =>
  pagesOf(file(name))
    .slice(2)
    .flatMap((page) => page.packets);
const refusal = (bytes: Uint8Array) => decode({ bytes }).catch((e: unknown) => e);

for (const { file: name, length, rateHz, samples } of golden.filter((g) => g.file.endsWith(".opus"))) {
  test(`${name} decodes to the same samples as with libsndfile`, async () => {
    const pcm = await decode({ bytes: file(name), mediaType: "audio/ogg" });
    expect(pcm.sampleRateHz).toBe(rateHz);
    expect(pcm.channels.map((plane) => plane.length)).toEqual(samples?.map(() => length));
    const worst = pcm.channels.map((plane, c) =>
      Math.max(...(samples?.[c] ?? []).map((x, i) => Math.abs(x - plane[3000 + 40 * i]))),
    );
    // Two builds of libopus may round differently: a step and a half of 16 bits.
    expect(Math.max(...worst)).toBeLessThan(1.5 / 32_768);
  });
}

test("decodes to the same bits after thousands of clips in one thread", async () => {
  const [bytes, stereo] = [file("mono.opus"), file("stereo.opus")];
  const first = [await decode({ bytes }), await decode({ bytes: stereo })];
  // Only taking a decoder and putting it back, which is what once filled its memory.
  for (const channels of [1, 2])
    for (let i = 0; i < 3000; i++) putBack(await takeDecoder(channels), channels);
  expect([await decode({ bytes }), await decode({ bytes: stereo })]).toEqual(first);
});

test("decodes to the same bits twice, also in parallel", async () => {
  const bytes = file("mono.opus");
  const [a, b, c] = await Promise.all([
    decode({ bytes }),
    decode({ bytes: file("stereo.opus") }),
    decode({ bytes }),
  ]);
  expect(a).toEqual(c);
  expect(b.channels).toHaveLength(2);
  expect(await decode({ bytes })).toEqual(a);
});

test("a clip decodes to the same bits after any other, also after one that is damaged or left half read", async () => {
  const bytes = file("mono.opus");
  const first = await decode({ bytes });
  const packets = packetsOf("mono.opus").map((packet, i) =>
    i === 20 ? Uint8Array.of(packet[0] | 3) : packet,
  );
  const others = [
    file("frames60.opus"),
    oggOpus(packets, 960),
    oggOpus(packetsOf("mono.opus").slice(7), 960),
  ];
  for (const other of others) {
    await decode({ bytes: other }).catch(() => undefined);
    expect(await decode({ bytes })).toEqual(first);
  }
  const { blocks } = await decodeBlocks({ bytes: file("frames60.opus") });
  for (const _ of blocks) break;
  expect(await decode({ bytes })).toEqual(first);
});

test("trims the samples by the pre-skip and by the end of the last page", async () => {
  const packets = packetsOf("mono.opus");
  const full = (await decode({ bytes: oggOpus(packets, 960, opusHead(1, 0)) })).channels[0];
  expect(full).toHaveLength((packets.length * 960) / 3);
  const trimmed = await decode({ bytes: oggOpus(packets, 960, opusHead(1, 312), 24_312n) });
  expect(trimmed.channels[0]).toEqual(full.subarray(104, 104 + 8000));
});

test("keeps the length of a stream that starts late, such as one cut from a broadcast", async () => {
  const packets = packetsOf("mono.opus");
  const whole = oggOpus(packets, 960, opusHead(1, 312), BigInt(packets.length * 960 - 500), 5);
  const late = pagesOf(whole).slice(2);
  const pages = late.map((page, i) =>
    oggPage(page.packets, {
      flags: i === late.length - 1 ? 4 : 0,
      granule: BigInt((page.granule ?? 0) + 1_000_000),
      sequence: i + 2,
    }),
  );
  const head = [oggPage([opusHead()], { flags: 2 }), oggPage([opusTags], { sequence: 1 })];
  expect(await decode({ bytes: concat(...head, ...pages) })).toEqual(await decode({ bytes: whole }));
});

test("applies the gain from the header", async () => {
  const packets = packetsOf("mono.opus");
  const plain = await decode({ bytes: oggOpus(packets, 960) });
  const louder = await decode({ bytes: oggOpus(packets, 960, opusHead(1, 312, 6 * 256)) });
  const ratio = louder.channels[0][5000] / plain.channels[0][5000];
  expect(20 * Math.log10(ratio)).toBeCloseTo(6, 4);
});

test("a granule beyond the last sample gives the samples that exist", async () => {
  const packets = packetsOf("mono.opus");
  const honest = await decode({ bytes: oggOpus(packets, 960) });
  expect(await decode({ bytes: oggOpus(packets, 960, opusHead(), 2n ** 62n, 1000) })).toEqual(honest);
});

test("decodes only up to the stated end, even before 75 minutes of packets", async () => {
  const bytes = oggOpus(Array<Uint8Array>(37_500).fill(silence120), 5760, opusHead(), 48_312n, 40_000 >> 8);
  expect((await decode({ bytes })).channels[0]).toHaveLength(16_000);
});

test("a file without audio packets has no samples", async () => {
  expect((await decode({ bytes: oggOpus([], 960) })).channels[0]).toHaveLength(0);
});

test("rejects Speex, surround and other mapping families, naming each", async () => {
  const speex = oggPage([new Uint8Array(Buffer.from("Speex   and more", "latin1"))], { flags: 6 });
  const error = await refusal(speex);
  expect(error).toMatchObject({
    slug: "audio-unsupported-codec",
    message: expect.stringContaining("Speex"),
  });
  for (const head of [opusHead(0), opusHead(3), opusHead(1, 312, 0, 1), opusHead(2, 312, 0, 255)]) {
    expect(await refusal(oggOpus([silence120], 5760, head))).toMatchObject({
      slug: "audio-unsupported-layout",
    });
  }
});

test("rejects a wrong version, a short header, missing tags and broken packets", async () => {
  const version = opusHead();
  version[8] = 0x10;
  const tagless = concat(
    oggPage([opusHead()], { flags: 2 }),
    oggPage([silence120], { flags: 4, sequence: 1 }),
  );
  // Four frames of 1000 bytes: valid framing, but larger than opus-decoder's buffer.
  const long = new Uint8Array(4002).fill(4).fill((31 << 3) | 3, 0, 1);
  const bad = [
    oggOpus([silence120], 5760, version),
    oggOpus([silence120], 5760, opusHead().slice(0, 12)),
    oggOpus([new Uint8Array(0)], 960),
    oggOpus([Uint8Array.of(3, 0)], 960),
    oggOpus([Uint8Array.of(3, 49)], 960),
    oggOpus([long], 960),
    tagless,
    oggPage([opusHead()], { flags: 6 }),
  ];
  for (const bytes of bad) expect(await refusal(bytes)).toMatchObject({ slug: "audio-undecodable" });
});

test("rejects a file cut anywhere", async () => {
  const bytes = file("mono.opus");
  for (let length = 4; length < bytes.length; length += 97) {
    const error = await refusal(bytes.slice(0, length));
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ slug: "audio-truncated" });
  }
});

test("packet durations follow the table of RFC 6716", () => {
  const samples = (...bytes: number[]) => packetSamples(Uint8Array.from(bytes));
  expect([0, 1, 2, 3].map((c) => samples(c << 3))).toEqual([480, 960, 1920, 2880]); // SILK
  expect([12, 13].map((c) => samples(c << 3))).toEqual([480, 960]); // hybrid
  expect([28, 29, 30, 31].map((c) => samples(c << 3))).toEqual([120, 240, 480, 960]); // CELT
  expect(samples((1 << 3) | 1, 7, 7)).toBe(1920);
  expect(samples((1 << 3) | 1, 7)).toBeUndefined(); // two equal frames of half a byte
  expect(samples((1 << 3) | 2, 1, 9, 9)).toBe(1920);
  expect(samples((1 << 3) | 2, 9, 9)).toBeUndefined(); // the first frame is longer than the packet
  expect(samples((1 << 3) | 2, 252)).toBeUndefined(); // the length's second byte is missing
  expect(samples((1 << 3) | 3, 6)).toBe(5760);
  expect(samples((1 << 3) | 3, 7)).toBeUndefined(); // 140 ms
  expect(samples((1 << 3) | 3, 0x42, 1, 5, 5, 0)).toBe(1920); // one byte of padding
  expect(samples((1 << 3) | 3, 0x42, 9, 5, 5)).toBeUndefined(); // more padding than packet
  expect(samples((1 << 3) | 3, 0x42)).toBeUndefined();
  expect(samples((1 << 3) | 3, 0x82, 1, 5, 5)).toBe(1920); // lengths stated
  expect(samples((1 << 3) | 3)).toBeUndefined();
  expect(samples()).toBeUndefined();
  expect(packetSamples(new Uint8Array(1277))).toBeUndefined();
  expect(packetSamples(new Uint8Array(1276))).toBe(480);
});
