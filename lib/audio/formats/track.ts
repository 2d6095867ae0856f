import { checkLayout, tooLong, undecodable } from "../limits.ts";
import { latin1 } from "./bytes.ts";

/** The first audio track of a WebM or Matroska file: encoded packets, in order. */
export type Track = {
  /** Matroska's name without "A_": "OPUS", "VORBIS", "AAC" and so on. */
  codec: string;
  channels: number;
  /** The codec's header: "OpusHead" for Opus. */
  description: Uint8Array | undefined;
  packets: Uint8Array[];
};

type Element = { id: number; start: number; end: number };
type Entry = { number: number; type: number; codec: string; channels: number; description?: Uint8Array };

/** Element IDs. Source: RFC 9559, section 5. */
const SEGMENT = 0x18538067;
const CLUSTER = 0x1f43b675;
const TRACKS = 0x1654ae6b;
const BLOCK_GROUP = 0xa0;
const AUDIO = 0xe1;
const OPEN: readonly number[] = [SEGMENT, CLUSTER, TRACKS, BLOCK_GROUP];
const AUDIO_TYPE = 2;
/** 120 s of Opus in packets of 2.5 ms are 48,000. */
const MAX_PACKETS = 50_000;
/** Video has far fewer blocks and cues for each second of sound. */
const MAX_ELEMENTS = 500_000;

/**
 * Returns the packets of the first audio track. Video isn't read. RFC 9559 and RFC 8794.
 *
 * The ends of segments and clusters aren't used, because live recordings don't know them. A
 * recording that stops inside a block ends with the block before.
 *
 * Each step moves forward, so the time is bounded by the length of the file.
 *
 * Throws `audio-undecodable`, `audio-too-long` and `audio-unsupported-layout`.
 */
export function readTrack(bytes: Uint8Array): Track {
  let track: Entry | undefined;
  const packets: Uint8Array[] = [];
  for (const { id, start, end } of elements(bytes)) {
    if (id === 0xae) track ??= audioEntry(bytes, start, end);
    if ((id !== 0xa3 && id !== 0xa1) || !track) continue;
    const packet = blockPacket(bytes, start, end, track.number);
    if (packet) packets.push(packet);
    if (packets.length > MAX_PACKETS) throw tooLong("The clip has too many packets. Send at most 120 s.");
  }
  if (!track) throw undecodable("The WebM or Matroska file has no audio track. Send a file with sound.");
  return { codec: track.codec, channels: track.channels, description: track.description, packets };
}

/** Yields all elements in order, and enters those that contain tracks and blocks. */
function* elements(bytes: Uint8Array): Generator<Element> {
  let count = 0;
  for (let at = 0; at < bytes.length; ) {
    const element = elementAt(bytes, at);
    if (!element) return;
    if (++count > MAX_ELEMENTS) throw undecodable("The WebM file has too many elements. Record it again.");
    if (OPEN.includes(element.id)) at = element.start;
    else {
      if (element.end > bytes.length) return;
      yield element;
      at = element.end;
    }
  }
}

/** Returns undefined at the end of the file, and where no element can start. */
function elementAt(bytes: Uint8Array, at: number): Element | undefined {
  const id = variable(bytes, at, 4, true);
  const size = id && variable(bytes, at + id.length, 8, false);
  if (!id || !size) return undefined;
  const start = at + id.length + size.length;
  return { id: id.value, start, end: start + size.value };
}

/** A number whose leading zeros state its length in bytes. RFC 8794, section 4. */
function variable(bytes: Uint8Array, at: number, most: number, keepMarker: boolean) {
  const first = bytes[at] ?? 0;
  const length = Math.clz32(first) - 23;
  if (first === 0 || length > most || at + length > bytes.length) return undefined;
  let value = keepMarker ? first : first & (255 >> length);
  for (let i = 1; i < length; i++) value = value * 256 + bytes[at + i];
  return { value, length };
}

/** Returns undefined for a track of video or subtitles. */
function audioEntry(bytes: Uint8Array, from: number, to: number): Entry | undefined {
  const entry: Entry = { number: 0, type: 0, codec: "", channels: 1 };
  let rateHz = 48_000;
  for (let at = from; at < to; ) {
    const element = elementAt(bytes, at);
    if (!element || element.end > to) break;
    const { id, start, end } = element;
    if (id === 0xd7) entry.number = unsigned(bytes, start, end);
    if (id === 0x83) entry.type = unsigned(bytes, start, end);
    if (id === 0x86) entry.codec = latin1(bytes, start, Math.min(end, start + 40)).replace(/^A_|\0+$/g, "");
    if (id === 0x63a2) entry.description = bytes.subarray(start, end);
    if (id === 0x9f) entry.channels = unsigned(bytes, start, end);
    if (id === 0xb5 && end - start === 4)
      rateHz = new DataView(bytes.buffer, bytes.byteOffset + start).getFloat32(0);
    at = id === AUDIO ? start : end;
  }
  if (entry.type !== AUDIO_TYPE) return undefined;
  checkLayout(rateHz, entry.channels);
  return entry;
}

function unsigned(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < Math.min(to, from + 6); i++) value = value * 256 + bytes[i];
  return value;
}

/** Returns the packet of a block of this track. RFC 9559, section 10.1. */
function blockPacket(bytes: Uint8Array, start: number, end: number, track: number): Uint8Array | undefined {
  const number = variable(bytes, start, 8, false);
  if (!number || number.value !== track) return undefined;
  const flags = start + number.length + 2;
  if (flags + 1 > end) return undefined;
  if (bytes[flags] & 0x06)
    throw undecodable("The WebM file has several packets in a block (lacing), which isn't supported.");
  return bytes.subarray(flags + 1, end);
}
