import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { clipSeconds, decode } from "../../lib/audio/formats/decode.ts";
import {
  acceptedMediaTypes,
  audioExtensions,
  FORMATS,
  isAudioType,
} from "../../lib/audio/formats/formats.ts";
import { constantFlac } from "./flac-writer.ts";

const audioDocs = readFileSync(join(import.meta.dirname, "../../docs/audio.md"), "utf8");
const code = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(", ");

test("docs/audio.md lists every format with its media types and extensions", () => {
  const rows = audioDocs.split("\n").filter((line) => /\| `audio\/.*\| `\..*\|$/.test(line));
  expect(rows).toEqual(
    FORMATS.map(
      ({ name, mediaTypes, extensions }) => `| ${name} | ${code(mediaTypes)} | ${code(extensions)} |`,
    ),
  );
});

test("no two formats share an extension", () => {
  expect(new Set(audioExtensions).size).toBe(audioExtensions.length);
});

test("any audio or video type is accepted, and Ogg or bytes as an application's", () => {
  const accepted = [
    "audio/x-wave",
    "audio/3gpp2",
    "video/webm",
    "application/ogg",
    "application/octet-stream",
  ];
  for (const type of accepted) expect(isAudioType(type)).toBe(true);
  const others = [
    "",
    "audio",
    "audio/",
    "audio/a b",
    "text/plain",
    "image/png",
    "application/json",
    "xaudio/wav",
  ];
  for (const type of others) expect(isAudioType(type)).toBe(false);
});

test("media types and extensions are in lower case, as they are compared", () => {
  for (const name of [...acceptedMediaTypes, ...audioExtensions]) expect(name).toBe(name.toLowerCase());
});

const golden = join(import.meta.dirname, "../golden/audio");
const clips = {
  ...Object.fromEntries(
    readdirSync(golden)
      .filter((name) => /\.(flac|opus)$/.test(name))
      .map((name) => [name, readFileSync(join(golden, name))]),
  ),
  "a live WebM": readFileSync(join(golden, "../formats/live.webm")),
  "IMA ADPCM": readFileSync(join(golden, "../formats/ima-stereo.wav")),
  "samples/awb/1.wav": readFileSync(join(import.meta.dirname, "../../samples/awb/1.wav")),
  "FLAC without a stated length": constantFlac(Array(30).fill(1), { total: 0 }),
};

test("a clip's length is known from its file as exactly as from its samples", async () => {
  for (const [name, bytes] of Object.entries(clips)) {
    const { sampleRateHz, blocks } = await decode({ bytes });
    let frames = 0;
    for (const [plane] of blocks) frames += plane?.length ?? 0;
    expect([name, await clipSeconds({ bytes })]).toEqual([name, expect.closeTo(frames / sampleRateHz, 4)]);
  }
});
