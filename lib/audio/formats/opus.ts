import { AppError } from "../../error.ts";
import { checkDuration, undecodable } from "../limits.ts";
import type { Pcm } from "../types.ts";
import { latin1 } from "./bytes.ts";
import { type OggPage, readOgg } from "./ogg.ts";
import { packetSamples } from "./opus-packet.ts";

/** Opus counts time at this rate, independent of the rate it decodes to. */
const CLOCK_HZ = 48_000;
const RATE_HZ = 16_000;
const TICKS = CLOCK_HZ / RATE_HZ;

type Head = { channels: 1 | 2; preSkip: number; gain: number };
type Stream = {
  packets: readonly Uint8Array[];
  /** Samples at 48 kHz to drop from the start. */
  skip: number;
  /** Samples at 48 kHz to keep after those. */
  keep: number;
};

/** First bytes of the first packet of other codecs. */
const OTHER_CODECS: readonly (readonly [magic: string, name: string])[] = [
  ["\x01vorbis", "Vorbis"],
  ["Speex   ", "Speex"],
  ["\x7fFLAC", "FLAC"],
  ["\x80theora", "Theora"],
  ["\x01video", "video"],
];

/**
 * Decodes Ogg/Opus to 1 or 2 channels at 16 kHz. RFC 7845. The codec is libopus in WebAssembly
 * (opus-decoder).
 *
 * Drops the encoder's pre-skip, ends where the last page says, and applies the gain from the
 * header.
 *
 * libopus decodes straight to 16 kHz. That takes a third of the work and gives, sample for sample,
 * what libsndfile gives for files made from 16 kHz, on which the networks were trained. Log-mel
 * features computed by way of 48 kHz differ by less than 0.01 below 7 kHz.
 *
 * Length and packets are checked before anything is decoded, so a file of more than 120 s is only
 * read.
 */
export async function decodeOpus(bytes: Uint8Array): Promise<Pcm> {
  const pages = readOgg(bytes);
  const head = readHead(pages[0]);
  const { packets, skip, keep } = readStream(pages.slice(1), head);
  checkDuration(keep, CLOCK_HZ);
  const { OpusDecoder } = await import("opus-decoder");
  const decoder = new OpusDecoder({ channels: head.channels, sampleRate: RATE_HZ });
  await decoder.ready;
  try {
    const { channelData, errors } = decoder.decodeFrames([...packets]);
    if (errors.length > 0)
      throw undecodable("A packet of the Opus stream can't be decoded. Send an intact file.");
    const from = Math.round(skip / TICKS);
    const channels = channelData.map((plane) => plane.subarray(from, from + Math.round(keep / TICKS)));
    return { sampleRateHz: RATE_HZ, channels: channels.map((plane) => amplify(plane, head.gain)) };
  } finally {
    decoder.free();
  }
}

function readHead(page: OggPage): Head {
  const packet = page.packets[0] ?? new Uint8Array(0);
  if (latin1(packet, 0, 8) !== "OpusHead") {
    const other = OTHER_CODECS.find(([magic]) => latin1(packet, 0, magic.length) === magic);
    throw new AppError(
      "audio-unsupported-codec",
      `The Ogg file contains ${other?.[1] ?? "an unknown codec"}, not Opus. Convert it to Ogg/Opus, FLAC, or WAV.`,
    );
  }
  if (packet.length < 19 || packet[8] >> 4 !== 0 || page.packets.length !== 1) {
    throw undecodable("The Opus header is invalid (RFC 7845, section 5.1). Encode the file again.");
  }
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  const channels = packet[9];
  if (packet[18] !== 0 || (channels !== 1 && channels !== 2)) {
    throw new AppError(
      "audio-unsupported-layout",
      `The Opus stream has ${channels} channels in mapping family ${packet[18]}. Send mono or stereo (family 0).`,
    );
  }
  return { channels, preSkip: view.getUint16(10, true), gain: 10 ** (view.getInt16(16, true) / (20 * 256)) };
}

/** Returns the audio packets and which of their samples count. RFC 7845, section 4. */
function readStream(pages: readonly OggPage[], head: Head): Stream {
  const tags = pages.findIndex((page) => page.packets.length > 0);
  if (tags < 0 || latin1(pages[tags].packets[0], 0, 8) !== "OpusTags" || pages[tags].packets.length > 1) {
    throw undecodable(
      "The Opus stream needs a comment header alone on its second page. Encode the file again.",
    );
  }
  const audio = pages.slice(tags + 1);
  const packets = audio.flatMap((page) => page.packets);
  const total = packets.reduce((sum, packet) => sum + checkedSamples(packet, head), 0);
  const last = audio.findLast((page) => page.granule !== undefined)?.granule ?? 0;
  // A stream cut from a broadcast starts late: by the time of its first page, less that page's own
  // packets.
  const first = audio.find((page) => page.granule !== undefined && page.packets.length > 0);
  const firstSamples = first
    ? first.packets.reduce((sum, packet) => sum + (packetSamples(packet) ?? 0), 0)
    : 0;
  const start = first === audio.at(-1) ? 0 : Math.max(0, (first?.granule ?? 0) - firstSamples);
  const end = Math.min(total, last - start);
  const keep = Math.max(0, end - head.preSkip);
  return { packets: firstPackets(packets, head.preSkip + keep), skip: head.preSkip, keep };
}

/**
 * Returns the packets that hold the first `samples`, so that packets after the stated end aren't
 * decoded.
 */
function firstPackets(packets: readonly Uint8Array[], samples: number): readonly Uint8Array[] {
  let total = 0;
  const end = packets.findIndex((packet) => {
    total += packetSamples(packet) ?? 0;
    return total >= samples;
  });
  return end < 0 ? packets : packets.slice(0, end + 1);
}

/** opus-decoder has room for 3840 bytes per channel, which is 256 kbit/s at its longest packets. */
function checkedSamples(packet: Uint8Array, head: Head): number {
  const samples = packetSamples(packet);
  if (samples !== undefined && packet.length <= 3840 * head.channels) return samples;
  throw undecodable("The Opus stream contains an invalid packet. Send an intact file.");
}

function amplify(plane: Float32Array, gain: number): Float32Array {
  return gain === 1 ? plane : plane.map((x) => x * gain);
}
