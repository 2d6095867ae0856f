import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { inMemory } from "../../lib/audio/byte-source.ts";
import { readOgg } from "../../lib/audio/formats/ogg.ts";
import { CLIP } from "../../lib/audio/limits.ts";
import { AppError, type Slug } from "../../lib/error.ts";
import { ascii, concat } from "../support/wav.ts";
import { oggPage } from "./ogg-writer.ts";

const pagesOf = (bytes: Uint8Array) =>
  [...readOgg(inMemory(bytes), CLIP)].map(({ granule, packets }) => ({ granule, packets: packets() }));
const FIRST = 2;
const LAST = 4;
const CONTINUED = 1;
const packet = (length: number, value = 1) => new Uint8Array(length).fill(value);
const refused = (slug: Slug, ...pages: Uint8Array[]) =>
  expect(() => pagesOf(concat(...pages))).toThrow(expect.objectContaining({ slug }));

test("returns packets of any length unchanged", () => {
  const packets = [0, 1, 254, 255, 256, 510, 1000].map((length) => packet(length));
  const pages = pagesOf(oggPage(packets, { flags: FIRST | LAST, granule: 77n }));
  expect(pages).toEqual([{ granule: 77, packets }]);
});

test("joins a packet that spans three pages on the page where it ends", () => {
  const parts = [packet(255, 1), packet(255, 2), packet(10, 3)];
  const pages = pagesOf(
    concat(
      oggPage([parts[0]], { flags: FIRST, granule: -1n }, [255]),
      oggPage([parts[1]], { flags: CONTINUED, granule: -1n, sequence: 1 }, [255]),
      oggPage([parts[2]], { flags: CONTINUED | LAST, granule: 5n, sequence: 2 }, [10]),
    ),
  );
  expect(pages.map((page) => page.packets.length)).toEqual([0, 0, 1]);
  expect(pages[2]).toEqual({ granule: 5, packets: [concat(...parts)] });
  expect(pages[0].granule).toBeUndefined();
});

test("rejects a flipped bit anywhere in a page", () => {
  const page = oggPage([packet(40)], { flags: FIRST | LAST });
  for (let bit = 0; bit < page.length * 8; bit += 5) {
    const flipped = page.slice();
    flipped[bit >> 3] ^= 1 << (bit & 7);
    expect(() => pagesOf(flipped)).toThrow(AppError);
  }
});

test("reports a file cut inside a page as truncated", () => {
  const first = oggPage([packet(30)], { flags: FIRST });
  const whole = concat(first, oggPage([packet(600)], { flags: LAST, sequence: 1 }));
  for (let length = 4; length < whole.length; length++)
    if (length !== first.length) refused("audio-truncated", whole.slice(0, length));
  expect(pagesOf(whole)).toHaveLength(2);
});

test("reads to the last page, with or without an end-of-stream flag there or before", () => {
  const page = (sequence: number, flags: number) => oggPage([packet(3, sequence)], { flags, sequence });
  for (const flags of [
    [FIRST, 0, 0],
    [FIRST, LAST, LAST],
    [FIRST, LAST, 0],
  ])
    expect(pagesOf(concat(...flags.map((one, i) => page(i, one))))).toHaveLength(3);
  refused("audio-truncated", page(0, FIRST), oggPage([packet(255)], { sequence: 1 }, [255]));
});

test("rejects pages that are out of order, missing, or don't continue the page before", () => {
  const first = oggPage([packet(3)], { flags: FIRST });
  const last = oggPage([packet(3)], { flags: LAST, sequence: 2 });
  refused("audio-undecodable", first, last);
  refused("audio-undecodable", first, oggPage([packet(3)], { flags: LAST | CONTINUED, sequence: 1 }));
  const open = oggPage([packet(255)], { flags: FIRST }, [255]);
  refused("audio-undecodable", open, oggPage([packet(3)], { flags: LAST, sequence: 1 }));
  refused("audio-undecodable", oggPage([packet(3)], { flags: LAST }));
  refused("audio-undecodable", oggPage([packet(3)], { flags: FIRST | LAST, granule: -2n }));
  refused("audio-truncated", oggPage([packet(255)], { flags: FIRST | LAST }, [255]));
  refused("audio-undecodable", first, ascii("junk"), last);
});

test("rejects several streams, chained or multiplexed", () => {
  const whole = oggPage([packet(3)], { flags: FIRST | LAST });
  const first = oggPage([packet(3)], { flags: FIRST });
  refused("audio-unsupported-container", whole, oggPage([packet(3)], { flags: FIRST | LAST, serial: 8 }));
  refused("audio-unsupported-container", first, oggPage([packet(3)], { flags: FIRST, serial: 8 }));
  refused(
    "audio-unsupported-container",
    first,
    oggPage([packet(3)], { flags: LAST, serial: 8, sequence: 1 }),
  );
  refused("audio-unsupported-container", first, oggPage([packet(3)], { flags: FIRST | LAST, sequence: 1 }));
});

test("ignores junk after the last page", () => {
  expect(pagesOf(concat(oggPage([packet(3)], { flags: FIRST | LAST }), ascii("TAG and more")))).toHaveLength(
    1,
  );
});

test("reads pages that ffmpeg wrote to their end", () => {
  const pages = pagesOf(new Uint8Array(readFileSync(join(import.meta.dirname, "../golden/audio/mono.opus"))));
  // 1 s at 48 kHz after the encoder's delay of 312.
  expect(pages.at(-1)?.granule).toBe(48_312);
});
