import { expect, test } from "vitest";
import { decodeBase64 } from "../../functions/http/body/base64.ts";

/** All byte values, so that both alphabets and every padding appear. */
const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 37) & 255);
const plain = (length: number) => Buffer.from(bytes(length)).toString("base64");

test("accepts base64 as programs write it", () => {
  for (const length of [700, 701, 702]) {
    const text = plain(length);
    const spellings = [
      text,
      text.replace(/=+$/, ""),
      text.replaceAll("+", "-").replaceAll("/", "_"),
      Buffer.from(bytes(length)).toString("base64url"),
      text.replace(/.{76}/g, "$&\n"),
      `${text.replace(/.{64}/g, "$&\r\n")}\r\n`,
    ];
    for (const one of spellings) expect(decodeBase64(one)?.bytes).toEqual(bytes(length));
  }
});

test("returns the media type of a data: URL", () => {
  const text = plain(100);
  const decoded = decodeBase64(`data:audio/webm;codecs=opus;base64,${text}`);
  expect(decoded).toEqual({ bytes: bytes(100), mediaType: "audio/webm" });
  expect(decodeBase64(`data:;base64,${text}`)).toEqual({ bytes: bytes(100), mediaType: undefined });
});

test("rejects everything else", () => {
  const wrong = [
    "!!!!",
    "QUJD=",
    "QUJD====",
    "A",
    "AB==CD==",
    "AA-_AA+/",
    "QUJDR",
    "QR",
    "data:audio/wav,QUJD",
    "QUÜD",
  ];
  for (const text of wrong) expect(decodeBase64(text), text).toBeUndefined();
});
