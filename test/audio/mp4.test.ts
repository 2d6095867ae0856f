import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { clipSeconds, decode } from "../../lib/audio/formats/decode.ts";
import { decodeWhole } from "../support/pcm.ts";
import { ascii, concat } from "../support/wav.ts";
import {
  big16,
  big32,
  big64,
  box,
  fullBox,
  movieBox,
  mp4,
  mp4a,
  sampleEntry,
  silentFrame,
  tablesOf,
} from "./mp4-writer.ts";

const golden = (name: string) =>
  new Uint8Array(readFileSync(join(import.meta.dirname, "../golden/formats", name)));
const silence = (count: number) => Array<Uint8Array>(count).fill(silentFrame);
const samples = async (bytes: Uint8Array) => (await decodeWhole({ bytes })).channels[0]?.length;
const refused = (bytes: Uint8Array) => decodeWhole({ bytes }).catch((error: unknown) => error);
const edit = (entries: readonly (readonly [ms: number, from: number])[]): Uint8Array =>
  fullBox("elst", [
    big32(entries.length),
    ...entries.map(([ms, from]) => concat(big32(ms), big32(from < 0 ? 2 ** 32 + from : from), big32(65_536))),
  ]);

test("reads packets in one chunk, in chunks of different lengths, and of one stated size", async () => {
  expect(await samples(mp4(silence(10)))).toBe(10 * 1024);
  const start = 28;
  const sizes = Array<number>(10).fill(4);
  const chunks = {
    ...tablesOf(sizes, start),
    stsc: fullBox("stsc", [big32(2), big32(1), big32(3), big32(1), big32(3), big32(4), big32(1)]),
    stco: fullBox("co64", [big32(3), big64(start), big64(start + 12), big64(start + 24)]),
  };
  expect(await samples(mp4(silence(10), { tables: chunks }))).toBe(10 * 1024);
  const constant = { ...tablesOf(sizes, start), stsz: fullBox("stsz", [big32(4), big32(10)]) };
  expect(await samples(mp4(silence(10), { tables: constant }))).toBe(10 * 1024);
});

test("an edit list leaves out the encoder's delay and what it pads", async () => {
  const bytes = mp4(silence(10), { edits: edit([[500, 1024]]) });
  expect(await samples(bytes)).toBe(8000);
  expect(await clipSeconds({ bytes })).toBe(0.5);
  // A pause before it, and one without an end.
  expect(
    await samples(
      mp4(silence(10), {
        edits: edit([
          [40, -1],
          [0, 2048],
        ]),
      }),
    ),
  ).toBe(8 * 1024);
});

test("an edit list that joins several parts is refused by name", async () => {
  expect(
    await refused(
      mp4(silence(10), {
        edits: edit([
          [100, 0],
          [100, 8000],
        ]),
      }),
    ),
  ).toMatchObject({
    slug: "audio-unsupported-container",
    message: expect.stringMatching(/edit list.*ffmpeg/),
  });
});

test("reads fragments with default sizes, and with an offset in the file", async () => {
  const run = (count: number, offset: number) => fullBox("trun", [big32(count), big32(offset)], 0x1);
  const fragment = (header: Uint8Array, offset: number) =>
    box("moof", [fullBox("mfhd", [big32(1)]), box("traf", [header, run(5, offset)])]);
  const mvex = box("mvex", [fullBox("trex", [big32(1), big32(1), big32(1024), big32(4), big32(0)])]);
  const empty = mp4([], { mvex, tables: tablesOf([], 0) });
  const own = fullBox("tfhd", [big32(1)], 0x20000);
  const length = fragment(own, 0).length;
  const data = box("mdat", silence(5));
  const other = fragment(fullBox("tfhd", [big32(2)], 0x20000), length + 8);
  expect(await samples(concat(empty, fragment(own, length + 8), data, other, data))).toBe(5 * 1024);
  const absolute = (at: number) => fullBox("tfhd", [big32(1), big64(at), big32(4)], 0x11);
  const base = empty.length + fragment(absolute(0), 0).length + 8;
  expect(await samples(concat(empty, fragment(absolute(base), 0), data))).toBe(5 * 1024);
  // A recording that stops inside its last packet.
  expect(await samples(concat(empty, fragment(own, length + 8), data.subarray(0, -1)))).toBe(4 * 1024);
});

test("rejects a recording that was never finished, and one that is cut", async () => {
  const whole = golden("iphone.m4a");
  for (const bytes of [whole.subarray(0, 5000), mp4(silence(10)).subarray(0, 60)])
    expect(await refused(bytes)).toMatchObject({
      slug: "audio-truncated",
      message: expect.stringContaining("moov"),
    });
  const sizes = Array<number>(10).fill(4);
  const late = mp4(silence(10), { tables: tablesOf(sizes, 4000) });
  expect(await refused(late)).toMatchObject({ slug: "audio-truncated" });
});

test("a count is checked before its table: too long, or not there", async () => {
  const start = 28;
  const tables = tablesOf([4, 4], start);
  const stsz = (count: number, size = 0) => fullBox("stsz", [big32(size), big32(count)]);
  const cases: Record<string, readonly [Partial<typeof tables>, string]> = {
    "2^32 - 1 sizes": [{ stsz: stsz(2 ** 32 - 1) }, "audio-too-long"],
    "2^32 - 1 packets of one size": [{ stsz: stsz(2 ** 32 - 1, 4) }, "audio-too-long"],
    "1000 sizes that aren't there": [{ stsz: stsz(1000) }, "audio-undecodable"],
    "2^32 - 1 chunks": [{ stco: fullBox("stco", [big32(2 ** 32 - 1)]) }, "audio-undecodable"],
    "2^32 - 1 runs of chunks": [{ stsc: fullBox("stsc", [big32(2 ** 32 - 1)]) }, "audio-undecodable"],
    "chunks of no packets": [
      { stsc: fullBox("stsc", [big32(1), big32(1), big32(0), big32(1)]) },
      "audio-undecodable",
    ],
    "no chunks": [{ stco: fullBox("stco", [big32(0)]) }, "audio-undecodable"],
    "packets of a megabyte": [{ stsz: stsz(2, 1_048_576) }, "audio-undecodable"],
  };
  for (const [what, [some, slug]] of Object.entries(cases)) {
    const error = await refused(mp4(silence(2), { tables: { ...tables, ...some } }));
    expect(error, what).toMatchObject({ slug });
  }
});

test("accepts 120 s and rejects a packet more", async () => {
  expect(await samples(mp4(silence(1875)))).toBe(120 * 16_000);
  await expect(decode({ bytes: mp4(silence(1876)) })).rejects.toMatchObject({ slug: "audio-too-long" });
});

test("names codecs that it doesn't decode", async () => {
  const names: Record<string, Uint8Array> = {
    ALAC: sampleEntry("alac", []),
    "AC-3": sampleEntry("ac-3", []),
    encrypted: sampleEntry("enca", []),
    PCM: sampleEntry("sowt", []),
    "HE-AAC": mp4a(Uint8Array.of(0x2b, 0x92, 0x08, 0)),
    MP3: mp4a(Uint8Array.of(0x14, 0x08), 0x6b),
    "zzz?": sampleEntry("zzz\x01", []),
  };
  for (const [name, entry] of Object.entries(names)) {
    expect(await refused(mp4(silence(2), { entry }))).toMatchObject({
      slug: "audio-unsupported-codec",
      message: expect.stringMatching(new RegExp(`${name.replace("?", "\\?")}.*ffmpeg -i clip\\.m4a`)),
    });
  }
});

test("finds the header where QuickTime puts it", async () => {
  const { length } = mp4a();
  const esds = mp4a().subarray(36, length);
  const entry = box("mp4a", [
    new Uint8Array(6),
    big16(1),
    big16(1),
    new Uint8Array(6),
    big16(1),
    big16(16),
    new Uint8Array(8),
    new Uint8Array(16),
    box("wave", [box("frma", [ascii("mp4a")]), esds]),
  ]);
  expect(await samples(mp4(silence(3), { entry }))).toBe(3 * 1024);
});

test("a file that ends inside any of its boxes is refused", async () => {
  // The movie comes first here, so that its boxes are what is cut.
  const whole = concat(mp4(silence(2)).subarray(0, 20), movieBox({ tables: tablesOf([4, 4], 28) }));
  for (let length = 21; length < whole.length; length += 3)
    expect(await refused(whole.subarray(0, length))).toMatchObject({
      slug: expect.stringMatching(/^audio-(undecodable|truncated)$/),
    });
});

test("damaged boxes are refused and don't loop", async () => {
  const file = mp4(silence(2));
  for (const size of [2, 7]) {
    const bytes = concat(file.subarray(0, 20), big32(size), file.subarray(24));
    expect(await refused(bytes)).toMatchObject({
      slug: "audio-undecodable",
      message: expect.stringContaining("byte 20 has an invalid size"),
    });
  }
  const toTheEnd = concat(file.subarray(0, 20), big32(0), file.subarray(24));
  expect(await refused(toTheEnd)).toMatchObject({ slug: "audio-truncated" });
});
