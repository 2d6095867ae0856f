import { AppError } from "../../error.ts";
import { undecodable } from "../limits.ts";
import { latin1 } from "./bytes.ts";
import { howToConvert } from "./convert.ts";

/** preSkip: samples at 48 kHz to drop from the start. gain: a factor. */
export type OpusHead = { channels: 1 | 2; preSkip: number; gain: number };

/** First bytes of the first packet of other codecs in Ogg. */
const OTHER_CODECS: readonly (readonly [magic: string, name: string])[] = [
  ["Speex   ", "Speex"],
  ["\x7fFLAC", "FLAC"],
  ["\x80theora", "Theora"],
  ["\x01video", "video"],
];

/**
 * Reads an "OpusHead" packet. RFC 7845, section 5.1.
 * Throws `audio-unsupported-codec`, `audio-undecodable` and `audio-unsupported-layout`.
 */
export function readOpusHead(packet: Uint8Array): OpusHead {
  if (latin1(packet, 0, 8) !== "OpusHead") {
    const other = OTHER_CODECS.find(([magic]) => latin1(packet, 0, magic.length) === magic);
    throw new AppError(
      "audio-unsupported-codec",
      `The Ogg file contains ${other?.[1] ?? "an unknown codec"}, not Opus or Vorbis. ${howToConvert(".ogg")}`,
    );
  }
  if (packet.length < 19 || packet[8] >> 4 !== 0) {
    throw undecodable("The Opus header is invalid (RFC 7845, section 5.1). Encode the file again.");
  }
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  return {
    channels: mappedChannels(packet),
    preSkip: view.getUint16(10, true),
    gain: 10 ** (view.getInt16(16, true) / (20 * 256)),
  };
}

/** Returns a header for a track that lacks one. `preSkip`: as in OpusHead */
export const opusHeadFor = (channels: number, preSkip = 0): Uint8Array =>
  Uint8Array.of(
    ...[..."OpusHead"].map((letter) => letter.charCodeAt(0)),
    1,
    channels,
    preSkip & 255,
    preSkip >> 8,
    ...Array(7).fill(0),
  );

/**
 * Returns the channels of a header whose family is 0, or whose mapping table of another family says
 * the same: one stream, its channels in order. RFC 7845, section 5.1.1.
 */
function mappedChannels(packet: Uint8Array): 1 | 2 {
  const channels = packet[9];
  const family = packet[18];
  const [streams, coupled, ...mapping] = packet.subarray(19);
  const trivial =
    streams === 1 && coupled === channels - 1 && mapping.slice(0, channels).every((to, i) => to === i);
  if ((channels === 1 || channels === 2) && (family === 0 || (trivial && mapping.length >= channels)))
    return channels;
  throw new AppError(
    "audio-unsupported-layout",
    `The Opus stream has ${channels} channels in ${streams ?? 0} streams (mapping family ${family}). Send mono or ` +
      "stereo in one stream, as `ffmpeg -ac 1 -c:a libopus` writes it.",
  );
}
