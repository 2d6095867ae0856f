import { expect, test } from "vitest";
import { sniff } from "../../lib/audio/formats/sniff.ts";
import { textKind } from "../../lib/audio/formats/text-kind.ts";
import { decodeWhole as decode } from "../support/pcm.ts";
import { ascii, concat } from "../support/wav.ts";

const kind = (text: string) => sniff(ascii(text));

test("recognizes the format by its first bytes", () => {
  expect(kind("RIFF\0\0\0\0WAVEfmt ")).toMatchObject({ format: { name: "WAV" } });
  expect(kind("OggS\0\x02")).toMatchObject({ format: { name: "Ogg" } });
  expect(kind("fLaC\0\0\0\x22")).toMatchObject({ format: { name: "FLAC" } });
  expect(kind("\xff\xf1\x50\x80\0\0\0\0")).toMatchObject({ format: { name: "AAC" } });
  expect(kind("\0\0\0\x20ftypM4A ")).toMatchObject({ format: { name: "MP4" } });
  expect(kind("\0\0\0\x1cftyp3gp4")).toMatchObject({ format: { name: "MP4" } });
  expect(kind("#!AMR-WB\n\x04")).toMatchObject({ format: { name: "AMR" } });
  expect(kind("caff\0\x01\0\0")).toMatchObject({ format: { name: "CAF" } });
  expect(kind("\xff\xfb\x90\x64\0\0\0\0")).toMatchObject({ format: { name: "MP3" } });
  expect(kind("\x1a\x45\xdf\xa3\x9f")).toMatchObject({ format: { name: "WebM" } });
});

test("asks to convert audio in other formats", async () => {
  const files: Record<string, Uint8Array> = {
    "AAC file (ADIF)": ascii("ADIF\0\0\0\0"),
    "Windows Media": ascii("\x30\x26\xb2\x75\0\0\0\0"),
    RF64: ascii("RF64\0\0\0\0WAVE"),
    AIFF: ascii("FORM\0\0\0\0AIFF"),
    "RIFF file that is not a WAV (WEBP)": ascii("RIFF\0\0\0\0WEBPVP8 "),
  };
  for (const [name, bytes] of Object.entries(files)) {
    const error = await decode({ bytes }).catch((e: unknown) => e);
    expect(error).toMatchObject({ slug: "audio-unsupported-container" });
    expect(error).toMatchObject({ message: expect.stringContaining(name) });
    expect(error).toMatchObject({
      message: expect.stringMatching(/ffmpeg -i clip\.\w+ (clip|converted)\.wav/),
    });
  }
});

test("names archives, documents and pictures, which aren't audio", () => {
  expect(kind("PK\x03\x04\x14\0")).toEqual({ kind: "unknown", name: "a ZIP archive" });
  expect(kind("%PDF-1.7")).toEqual({ kind: "unknown", name: "a PDF document" });
  expect(kind("\xff\xd8\xff\xe0\0\x10JFIF")).toEqual({ kind: "unknown", name: "a JPEG image" });
  expect(sniff(Uint8Array.of(0, 1, 2, 3, 4, 5))).toEqual({ kind: "unknown", name: undefined });
});

test("names text by what it looks like", () => {
  const name = (text: string) => textKind(new TextEncoder().encode(text));
  expect(name("UklGRiQAAABXQVZFZm10IBAAAAABAAEA")).toBe("base64 text");
  expect(name(`${"UklGRiQAAABXQVZF\n".repeat(20)}AA==\n`)).toBe("base64 text");
  // Base64 of an MP3 starts with a slash, like a path.
  expect(name(`//uQxAAAAAAAAAAAAAAAAAAAAAAAWGluZwAAAA8AAAAC${"A".repeat(300)}`)).toBe("base64 text");
  expect(name("52494646 24000000 57415645")).toBe("hexadecimal text");
  expect(name("./clips/a b.wav")).toBe("a file path");
  expect(name("/var/audio/clip1")).toBe("a file path");
  expect(name("clip.opus\n")).toBe("a file path");
  expect(name("\\\\server\\share\\a.wav")).toBe("a file path");
  expect(name("HTTPS://example.com/a")).toBe("a URL");
  expect(name(" <html>")).toBe("HTML");
  expect(name("<?xml version='1.0'?>")).toBe("XML or HTML");
  expect(name("[1, 2]")).toBe("JSON");
  expect(name("Grüße aus Köln")).toBe("text");
  expect(name("This is a sentence about nothing at all")).toBe("text");
  expect(name("")).toBeUndefined();
});

test("a character cut at the end is still text, an invalid byte isn't", () => {
  const umlaut = new TextEncoder().encode("x=ä");
  expect(textKind(umlaut.subarray(0, 3))).toBe("text");
  expect(textKind(concat(ascii("x="), Uint8Array.of(0xff), ascii("y")))).toBeUndefined();
});
