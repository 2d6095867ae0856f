import * as fc from "fast-check";
import { expect, test } from "vitest";
import { base32, makeId, makeTimedId, parseSpeakerId, timeOfId, timeText } from "../lib/id.ts";

test("base 32 encodes five bits per character, most significant first, and pads the last with zeros", () => {
  // 0xff = 11111 111(00) -> 31, 28. 0x00 0x01 = 00000 00000 00000 1(0000) -> 0, 0, 0, 16.
  expect(base32(Uint8Array.of(0xff))).toBe("zw");
  expect(base32(Uint8Array.of(0, 1))).toBe("000g");
  expect(base32(Uint8Array.of())).toBe("");
  expect(base32(Uint8Array.of(0xf8, 0x3e, 0x0f, 0x83, 0xe0))).toBe("z0z0z0z0");
});

test("an ID with a time is as long as others, tells the time, and sorts by it", () => {
  const bytes = new Uint8Array(10).fill(255);
  // The example of the ULID specification: 1469918176385 is 01ARYZ6S41.
  expect(makeTimedId("dec", 1_469_918_176_385, bytes)).toBe("dec_01aryz6s41zzzzzzzzzzzzzzzz");
  expect(timeOfId("dec_01aryz6s41zzzzzzzzzzzzzzzz")).toBe(1_469_918_176_385);
  expect(timeOfId("dec_1")).toBeUndefined();
  expect(timeOfId("dec_01aryz6s41zzzzzzzzzzzzzzzi")).toBeUndefined();
  const times = fc.integer({ min: 0, max: 2 ** 47 });
  fc.assert(
    fc.property(times, times, (a, b) => {
      expect(timeOfId(makeTimedId("dec", a, bytes))).toBe(a);
      expect(timeText(a) < timeText(b)).toBe(a < b);
    }),
    { seed: 20261 },
  );
});

test("16 bytes give 26 characters, none of which is easily confused", () => {
  const text = base32(Uint8Array.from({ length: 16 }, (_, i) => 255 - i * 7));
  expect(text).toMatch(/^[0-9a-hjkmnp-tv-z]{26}$/);
  expect(makeId("spk", Uint8Array.of(0xff))).toBe("spk_zw");
});

test("property: base 32 equals the written-out bits, so different bytes give different IDs", () => {
  const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
  const bytes = fc.uint8Array({ maxLength: 40 });
  fc.assert(
    fc.property(bytes, (input) => {
      const bits = [...input].map((byte) => byte.toString(2).padStart(8, "0")).join("");
      const fives = bits.match(/.{1,5}/g) ?? [];
      const expected = fives.map((five) => alphabet[Number.parseInt(five.padEnd(5, "0"), 2)]).join("");
      expect(base32(input)).toBe(expected);
    }),
    { seed: 20260 },
  );
});

test("a speaker ID starts with a letter or digit and has at most 128 characters", () => {
  for (const id of ["a", "7", "Alice.B_c-9", `x${"y".repeat(127)}`]) expect(parseSpeakerId(id)).toBe(id);
  const bad = ["", ".a", "-a", "_a", "a/b", "a b", "a\n", "ä", "a\u0000", `x${"y".repeat(128)}`];
  for (const id of bad) expect(parseSpeakerId(id)).toBeUndefined();
});
