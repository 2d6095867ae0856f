/** What a file is, told from its first bytes. */
import { textKind } from "./text-kind.ts";

export type Container =
  | { kind: "wav" | "ogg" | "flac" }
  /** Audio (or video) that this service does not read. */
  | { kind: "other"; name: string }
  /** No audio at all, or not recognisable; `name` where it looks like something. */
  | { kind: "unknown"; name: string | undefined };

/** Four-letter codes at byte 0 of files that carry sound, but not for us. */
const OTHER_MAGIC: readonly (readonly [magic: string, name: string])[] = [
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

const NO_AUDIO_MAGIC: readonly (readonly [magic: string, name: string])[] = [
  ["PK\x03\x04", "a ZIP archive"],
  ["\x1f\x8b", "a gzip file"],
  ["%PDF", "a PDF document"],
  ["\x89PNG", "a PNG image"],
  ["\xff\xd8\xff", "a JPEG image"],
  ["GIF8", "a GIF image"],
];

/**
 * Reads at most the first 512 bytes. Looks at nothing else: a file with a right magic may still be anything.
 *
 * "RIFF" without a form type is given to the WAV reader, which says what is missing.
 */
export function sniff(bytes: Uint8Array): Container {
  const head = latin1(bytes, 0, 12);
  if (head.startsWith("RIFF")) {
    const form = head.slice(8, 12);
    if (form.length < 4 || form === "WAVE") return { kind: "wav" };
    return { kind: "other", name: `a RIFF file that is not a WAV (${printable(form)})` };
  }
  if (head.startsWith("OggS")) return { kind: "ogg" };
  if (head.startsWith("fLaC")) return { kind: "flac" };
  const other = OTHER_MAGIC.find(([magic]) => head.startsWith(magic));
  if (other) return { kind: "other", name: other[1] };
  if (head.slice(4, 8) === "ftyp") return { kind: "other", name: "an MP4 or M4A file" };
  const none = NO_AUDIO_MAGIC.find(([magic]) => head.startsWith(magic));
  if (none) return { kind: "unknown", name: none[1] };
  if (bytes[0] === 0xff && bytes.length > 3) {
    if ((bytes[1] & 0xf6) === 0xf0) return { kind: "other", name: "a raw AAC stream" };
    if (isMp3Header(bytes)) return { kind: "other", name: "an MP3 file" };
  }
  return { kind: "unknown", name: textKind(bytes.subarray(0, 512)) };
}

/** Layer III frame header without reserved values. ISO/IEC 11172-3, 2.4.2.3. */
function isMp3Header(bytes: Uint8Array): boolean {
  const version = (bytes[1] >> 3) & 3;
  const bitrate = bytes[2] >> 4;
  const rate = (bytes[2] >> 2) & 3;
  return (bytes[1] & 0xe6) === 0xe2 && version !== 1 && bitrate !== 15 && rate !== 3;
}

function printable(text: string): string {
  return text.replace(/[^\x21-\x7e]/g, "?");
}

export function latin1(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}
