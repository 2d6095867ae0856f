import { readFileSync } from "node:fs";
import { join } from "node:path";
import { constantFlac } from "../audio/flac-writer.ts";
import { mp4, silentFrame } from "../audio/mp4-writer.ts";
import { oggOpus, silence120 } from "../audio/ogg-writer.ts";
import { block, track, webm } from "../audio/webm-writer.ts";
import { tone, wav } from "../support/wav.ts";

const GOLDEN = join(import.meta.dirname, "../golden");
const golden = (name: string): Uint8Array => new Uint8Array(readFileSync(join(GOLDEN, name)));
const formats = (...names: string[]): Uint8Array[] => names.map((name) => golden(`formats/${name}`));
const voice = tone(200, 16_000, 0.05);

/** The files that are mutated, by the format's name on the command line. */
export const fixtures: Readonly<Record<string, () => Uint8Array[]>> = {
  wav: () => [
    wav([voice]),
    wav([voice, voice], { tag: 0xfffe, subTag: 3, bits: 32, rateHz: 44_100 }),
    wav([voice], { tag: 7, bits: 8, rateHz: 8_000 }),
  ],
  adpcm: () => formats("ima.wav", "ima-stereo.wav", "ms.wav", "ms-stereo.wav"),
  opus: () => [
    golden("audio/mono.opus"),
    golden("audio/stereo.opus"),
    ...formats("family1.opus"),
    oggOpus(Array<Uint8Array>(20).fill(silence120), 5760),
  ],
  vorbis: () => formats("vorbis.ogg"),
  flac: () => [
    golden("audio/wasted.flac").slice(0, 9000),
    constantFlac([1, 2, 3]),
    constantFlac([1, 2, 3], { total: 0 }),
  ],
  webm: () => [
    ...formats("live.webm", "opus.mkv", "vorbis.webm", "aac.mkv"),
    webm(
      track("A_OPUS"),
      block(0x04, Uint8Array.of(1), silence120, silence120),
      block(0x02, Uint8Array.of(1, 2), silence120, silence120),
    ),
  ],
  mp3: () => formats("lame.mp3"),
  mp4: () => [
    ...formats("iphone.m4a", "android.3gp", "safari.mp4", "opus.mp4"),
    mp4(Array<Uint8Array>(20).fill(silentFrame)),
  ],
  aac: () => formats("stream.aac"),
  amr: () => formats("narrow.amr", "wide.awb", "amr.3gp"),
  caf: () => formats("ima4.caf", "opus.caf", "pcm.caf"),
};
