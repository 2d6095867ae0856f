import { expect, test } from "vitest";
import { crc8Flac, crc16Flac, crc32Ogg } from "../../lib/audio/formats/crc.ts";
import { ascii } from "../support/wav.ts";

test("the checksums of 123456789 match the catalog of parametrized CRC algorithms", () => {
  const digits = ascii("123456789");
  expect(crc8Flac(digits, 0, 9)).toBe(0xf4); // CRC-8/SMBUS
  expect(crc16Flac(digits, 0, 9)).toBe(0xfee8); // CRC-16/UMTS
  expect(crc32Ogg(digits, 0, 9, 99)).toBe(0x89a1897f); // CRC-32/CKSUM without length and inversion
});

test("reads the hole as zeros and only covers the given range", () => {
  const page = ascii("..OggS\0\0abcd..");
  const blank = ascii("OggS\0\0\0\0\0\0");
  expect(crc32Ogg(page, 2, 12, 8)).toBe(crc32Ogg(blank, 0, 10, 99));
});
