import { expect, test } from "vitest";
import { type ByteSource, inMemory } from "../../lib/audio/byte-source.ts";
import { withoutLeadingTags, withoutTrailingTags } from "../../lib/audio/formats/tags.ts";
import { ascii, concat, uint32 } from "../support/wav.ts";

const id3v2 = (body: number, flags = 0) =>
  concat(ascii("ID3\x04\0"), Uint8Array.of(flags, 0, 0, body >> 7, body & 127), new Uint8Array(body).fill(1));
const id3v1 = concat(ascii("TAGtitle"), new Uint8Array(120));
const file = ascii("fLaC and more");
const whole = (source: ByteSource) => source.read(0, source.size);
const behindTags = (bytes: Uint8Array) => whole(withoutLeadingTags(inMemory(bytes)));
const beforeTags = (bytes: Uint8Array) => whole(withoutTrailingTags(inMemory(bytes)));
const apeFooter = (size: number, flags = 0) =>
  concat(ascii("APETAGEX"), uint32(2000), uint32(size), uint32(1), uint32(flags), new Uint8Array(8));

test("skips ID3v2 tags of any length, their footers and the zeros behind them", () => {
  expect(behindTags(concat(id3v2(300), file))).toEqual(file);
  expect(behindTags(concat(id3v2(5), id3v2(0), new Uint8Array(9), file))).toEqual(file);
  expect(behindTags(concat(id3v2(5, 0x10), ascii("3DI\x04\0\x10\0\0\0\x05"), file))).toEqual(file);
});

test("keeps a file whose tag is longer than the file, cut, or has an impossible length", () => {
  for (const bytes of [
    concat(id3v2(300).subarray(0, 200)),
    ascii("ID3\x04"),
    ascii("ID3\x04\0\0\xff\0\0\0more"),
  ])
    expect(behindTags(bytes)).toEqual(bytes);
});

test("drops ID3v1 and APEv2 tags at the end", () => {
  expect(beforeTags(concat(file, id3v1))).toEqual(file);
  expect(beforeTags(concat(file, ascii("item"), apeFooter(36), id3v1))).toEqual(file);
  const header = new Uint8Array(32);
  expect(beforeTags(concat(file, header, apeFooter(32, 0x8000_0000)))).toEqual(file);
  expect(beforeTags(concat(file, apeFooter(0xffff_ffff)))).toHaveLength(file.length + 32);
  expect(beforeTags(file)).toEqual(file);
});
