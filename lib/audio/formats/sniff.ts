import { latin1 } from "./bytes.ts";
import { type AudioFormat, FORMATS } from "./formats.ts";
import { textKind } from "./text-kind.ts";

type Container =
  | { kind: "supported"; format: AudioFormat }
  /** Audio or video that this service does not decode. */
  | { kind: "unsupported"; name: string; extension: string }
  /**
   * Not audio, or not recognized. `name` is undefined if the content looks like nothing in
   * particular.
   */
  | { kind: "unknown"; name: string | undefined };

type Named = readonly [magic: string, name: string, extension: string];

/** First bytes of audio and video files that this service does not decode. */
const UNSUPPORTED: readonly Named[] = [
  ["RIFX", "a big-endian WAV (RIFX)", ".wav"],
  ["RF64", "a 64-bit WAV (RF64)", ".wav"],
  ["BW64", "a 64-bit WAV (BW64)", ".wav"],
  ["riff", "a Sony Wave64 file", ".w64"],
  ["ID3", "an MP3 file", ".mp3"],
  ["FORM", "an AIFF file", ".aiff"],
  [".snd", "an AU file", ".au"],
  ["#!SILK_V3", "a SILK file", ".silk"],
  ["\x02#!SILK_V3", "a SILK file, as WeChat writes it", ".silk"],
  ["\x30\x26\xb2\x75", "a Windows Media file", ".wma"],
  ["ADIF", "an AAC file (ADIF)", ".aac"],
  ["FLV", "a Flash video", ".flv"],
  ["MAC ", "a Monkey's Audio file", ".ape"],
  ["wvpk", "a WavPack file", ".wv"],
  ["TTA1", "a True Audio file", ".tta"],
  ["MThd", "a MIDI file, which has notes instead of sound", ".mid"],
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
  const unsupported = unsupportedFile(head);
  if (unsupported) return { kind: "unsupported", name: unsupported[1], extension: unsupported[2] };
  const notAudio = NOT_AUDIO.find(([magic]) => head.startsWith(magic));
  return { kind: "unknown", name: notAudio?.[1] ?? textKind(bytes.subarray(0, 512)) };
}

function unsupportedFile(head: string): Named | undefined {
  const form = head.slice(8).replace(/[^\x21-\x7e]/g, "?");
  if (head.startsWith("RIFF")) return ["RIFF", `a RIFF file that is not a WAV (${form})`, ".avi"];
  return UNSUPPORTED.find(([magic]) => head.startsWith(magic));
}
