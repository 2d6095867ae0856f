import { expect, test } from "vitest";
import { inMemory } from "../../lib/audio/byte-source.ts";
import { readTrack } from "../../lib/audio/formats/track.ts";
import { CLIP } from "../../lib/audio/limits.ts";
import { decodeWhole } from "../support/pcm.ts";
import { silence120 } from "./ogg-writer.ts";
import { block, element, track, webm } from "./webm-writer.ts";

const packets = (...blocks: Uint8Array[]) => [
  ...readTrack(inMemory(webm(track("A_OPUS"), ...blocks)), CLIP).packets,
];
const refused = (bytes: Uint8Array) => decodeWhole({ bytes }).catch((error: unknown) => error);

const [a, b, c] = [new Uint8Array(300).fill(1), new Uint8Array(260).fill(2), new Uint8Array(7).fill(3)];

test("splits blocks by Xiph, EBML and fixed-size lacing", () => {
  expect(packets(block(0x02, Uint8Array.of(2, 255, 45, 255, 5), a, b, c))).toEqual([a, b, c]);
  // 300 in two bytes, then -40 as a difference in one.
  expect(packets(block(0x06, Uint8Array.of(2, 0x40 | 1, 44, 0x80 | (63 - 40)), a, b, c))).toEqual([a, b, c]);
  expect(packets(block(0x04, Uint8Array.of(1), c, c), block(0, a))).toEqual([c, c, a]);
  expect(packets(block(0x02, Uint8Array.of(0), a))).toEqual([a]);
});

test("rejects lacing whose packets don't fit into the block", () => {
  const cases = [
    block(0x02, Uint8Array.of(1, 255, 255), a),
    block(0x06, Uint8Array.of(2, 0x84, 0x80), c),
    block(0x06, Uint8Array.of(1)),
    block(0x04, Uint8Array.of(1), new Uint8Array(7)),
    block(0x04),
  ];
  for (const one of cases) expect(() => packets(one)).toThrow(/don't fit/);
});

test("a laced recording decodes like one without lacing", async () => {
  const plain = webm(track("A_OPUS"), ...Array.from({ length: 6 }, () => block(0, silence120)));
  const laced = webm(
    track("A_OPUS"),
    ...Array.from({ length: 2 }, () => block(0x04, Uint8Array.of(2), silence120, silence120, silence120)),
  );
  expect(await decodeWhole({ bytes: laced })).toEqual(await decodeWhole({ bytes: plain }));
});

test("names other codecs, and tracks that are compressed once more", async () => {
  expect(await refused(webm(track("A_MPEG/L3"), block(0, a)))).toMatchObject({
    slug: "audio-unsupported-codec",
    message: expect.stringContaining("MPEG/L3"),
  });
  expect(await refused(webm(track("A_OPUS", element([0x6d, 0x80], a)), block(0, a)))).toMatchObject({
    slug: "audio-unsupported-container",
  });
  expect(await refused(webm(track("A_VORBIS"), block(0, a)))).toMatchObject({ slug: "audio-undecodable" });
});

test("a recording that stops in a block ends with the block before", () => {
  const cut = webm(track("A_OPUS"), block(0, a), block(0, b)).subarray(0, -5);
  expect([...readTrack(inMemory(cut), CLIP).packets]).toEqual([a]);
});
