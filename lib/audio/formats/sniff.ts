import { latin1 } from "./bytes.ts";
import { type AudioFormat, FORMATS } from "./formats.ts";
import { textKind } from "./text-kind.ts";

type Container =
  | { kind: "supported"; format: AudioFormat }
  /** Audio or video that this service does not decode. */
  | { kind: "unsupported"; name: string }
  /**
   * Not audio, or not recognized. `name` is undefined if the content looks like nothing in
   * particular.
   */
  | { kind: "unknown"; name: string | undefined };

/** First bytes of audio and video files that this service does not decode. */
const UNSUPPORTED: readonly (readonly [magic: string, name: string])[] = [
  ["RIFX", "a big-endian WAV (RIFX)"],
  ["RF64", "a 64-bit WAV (RF64)"],
  ["BW64", "a 64-bit WAV (BW64)"],
  ["riff", "a Sony Wave64 file"],
  ["\x1a\x45\xdf\xa3", "a WebM or Matroska file"],
  ["ID3", "an MP3 file"],
  ["FORM", "an AIFF file"],
  ["caff", "a Core Audio file"],
  [".snd", "an AU file"],
  ["#!AMR", "an AMR file"],
  ["\x30\x26\xb2\x75", "a Windows Media file"],
];

const NOT_AUDIO: readonly (readonly [magic: string, name: string])[] = [
  ["PK\x03\x04", "a ZIP archive"],
  ["\x1f\x8b", "a gzip file"],
  ["%PDF", "a PDF document"],
  ["\x89PNG", "a PNG image"],
  ["\xff\xd8\xff", "a JPEG image"],
  ["GIF8", "a GIF image"],
];

/**
 * Returns what a file is, based on its first 512 bytes at most. The rest isn't checked: a file
 * with the right magic bytes may still be broken.
 */
export function sniff(bytes: Uint8Array): Container {
  const head = latin1(bytes, 0, 12);
  const format = FORMATS.find((one) => one.matches(head));
  if (format) return { kind: "supported", format };
  const unsupported = unsupportedName(head, bytes);
  if (unsupported) return { kind: "unsupported", name: unsupported };
  const notAudio = NOT_AUDIO.find(([magic]) => head.startsWith(magic));
  return { kind: "unknown", name: notAudio?.[1] ?? textKind(bytes.subarray(0, 512)) };
}

function unsupportedName(head: string, bytes: Uint8Array): string | undefined {
  const form = head.slice(8).replace(/[^\x21-\x7e]/g, "?");
  if (head.startsWith("RIFF")) return `a RIFF file that is not a WAV (${form})`;
  const known = UNSUPPORTED.find(([magic]) => head.startsWith(magic));
  if (known) return known[1];
  if (head.slice(4, 8) === "ftyp") return "an MP4 or M4A file";
  if (bytes[0] !== 0xff || bytes.length < 4) return undefined;
  if ((bytes[1] & 0xf6) === 0xf0) return "a raw AAC stream";
  return isMp3Header(bytes) ? "an MP3 file" : undefined;
}

/** A layer III frame header without reserved values. ISO/IEC 11172-3, 2.4.2.3. */
function isMp3Header(bytes: Uint8Array): boolean {
  const version = (bytes[1] >> 3) & 3;
  const bitrate = bytes[2] >> 4;
  const rate = (bytes[2] >> 2) & 3;
  return (bytes[1] & 0xe6) === 0xe2 && version !== 1 && bitrate !== 15 && rate !== 3;
}
