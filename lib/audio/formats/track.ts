import { AppError } from "../../error.ts";
import type { ByteSource } from "../byte-source.ts";
import { checkLayout, type Limits, tooLong, undecodable } from "../limits.ts";
import { latin1, viewOf } from "./bytes.ts";
import { howToConvert } from "./convert.ts";
import { lacedPlaces, MAX_LACES } from "./lacing.ts";
import { type Place, packetsAt } from "./places.ts";
import { variable } from "./variable.ts";

/** The first audio track of a WebM or Matroska file: encoded packets, in order. */
export type Track = {
  /** Matroska's name without "A_": "OPUS", "VORBIS", "AAC" and so on. */
  codec: string;
  channels: number;
  /** The codec's header: "OpusHead" for Opus. */
  description: Uint8Array | undefined;
  count: number;
  /** Reads the packets from the file again each time. */
  packets: Iterable<Uint8Array>;
};

type Element = { id: number; start: number; end: number };
type Entry = {
  number: number;
  type: number;
  codec: string;
  channels: number;
  description?: Uint8Array;
  /** Whether its packets are changed once more. */
  encoded: boolean;
};

/** Element IDs. Source: RFC 9559, section 5. */
const SEGMENT = 0x18538067;
const CLUSTER = 0x1f43b675;
const TRACKS = 0x1654ae6b;
const BLOCK_GROUP = 0xa0;
const AUDIO = 0xe1;
const CONTENT_ENCODINGS = 0x6d80;
const OPEN: readonly number[] = [SEGMENT, CLUSTER, TRACKS, BLOCK_GROUP];
const AUDIO_TYPE = 2;
/** Opus in packets of 2.5 ms has 400 a second, and some more for the encoder's delay. */
const PACKETS_PER_SECOND = 400;
const OTHER_PACKETS = 2000;
/** Video has far fewer blocks and cues for each second of sound. */
const MAX_ELEMENTS = 500_000;
/** Bytes of a track's entry that are read. Codec headers take a few kilobytes. */
const MAX_ENTRY = 1_048_576;
/** The bits of a block's flags that say how several packets share it. */
const LACING = 0x06;
/** The longest ID and size. */
const HEADER = 12;

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
export function readTrack(file: ByteSource, limits: Limits): Track {
  const maxPackets = limits.maxSeconds * PACKETS_PER_SECOND + OTHER_PACKETS;
  let track: Entry | undefined;
  const places: Place[] = [];
  for (const { id, start, end } of elements(file)) {
    if (id === 0xae) track ??= audioEntry(file.read(start, Math.min(end - start, MAX_ENTRY)));
    if ((id !== 0xa3 && id !== 0xa1) || !track) continue;
    places.push(...packetPlaces(file, start, end, track.number));
    if (places.length > maxPackets) throw tooLong("The recording has too many packets.", limits);
  }
  if (!track) throw undecodable("The WebM or Matroska file has no audio track. Send a file with sound.");
  const { codec, channels, description } = track;
  return { codec, channels, description, count: places.length, packets: packetsAt(file, places) };
}

/** Yields all elements in order, and enters those that contain tracks and blocks. */
function* elements(file: ByteSource): Generator<Element> {
  let count = 0;
  for (let at = 0; at < file.size; ) {
    const element = elementAt(file.read(at, HEADER), at);
    if (!element) return;
    if (++count > MAX_ELEMENTS) throw undecodable("The WebM file has too many elements. Record it again.");
    if (OPEN.includes(element.id)) at = element.start;
    else {
      if (element.end > file.size) return;
      yield element;
      at = element.end;
    }
  }
}

/**
 * Returns undefined at the end of the file, and where no element can start. `head`: the bytes at
 * `at`
 */
function elementAt(head: Uint8Array, at: number): Element | undefined {
  const id = variable(head, 0, 4, true);
  const size = id && variable(head, id.length, 8, false);
  if (!id || !size) return undefined;
  const start = at + id.length + size.length;
  return { id: id.value, start, end: start + size.value };
}

/** Returns undefined for a track of video or subtitles. `bytes`: of the element's content */
function audioEntry(bytes: Uint8Array): Entry | undefined {
  const entry: Entry = { number: 0, type: 0, codec: "", channels: 1, encoded: false };
  let rateHz = 48_000;
  for (let at = 0; at < bytes.length; ) {
    const element = elementAt(bytes.subarray(at), at);
    if (!element || element.end > bytes.length) break;
    const { id, start, end } = element;
    if (id === 0xd7) entry.number = unsigned(bytes, start, end);
    if (id === 0x83) entry.type = unsigned(bytes, start, end);
    if (id === 0x86) entry.codec = latin1(bytes, start, Math.min(end, start + 40)).replace(/^A_|\0+$/g, "");
    if (id === 0x63a2) entry.description = bytes.subarray(start, end);
    if (id === CONTENT_ENCODINGS) entry.encoded = true;
    if (id === 0x9f) entry.channels = unsigned(bytes, start, end);
    if (id === 0xb5 && end - start === 4) rateHz = viewOf(bytes).getFloat32(start);
    at = id === AUDIO ? start : end;
  }
  if (entry.type !== AUDIO_TYPE) return undefined;
  if (entry.encoded) {
    throw new AppError(
      "audio-unsupported-container",
      `The sound of the Matroska file is compressed or encrypted again, which isn't supported. ${howToConvert(".mka")}`,
    );
  }
  checkLayout(rateHz, entry.channels);
  return entry;
}

function unsigned(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < Math.min(to, from + 6); i++) value = value * 256 + bytes[i];
  return value;
}

/** Where the packets of a block of this track are. RFC 9559, section 10.1. */
function packetPlaces(file: ByteSource, start: number, end: number, track: number): readonly Place[] {
  const head = file.read(start, Math.min(HEADER, end - start));
  const number = variable(head, 0, 8, false);
  if (!number || number.value !== track) return [];
  const flags = number.length + 2;
  if (flags + 1 > head.length) return [];
  const from = start + flags + 1;
  const lacing = head[flags] & LACING;
  if (lacing === 0) return [{ start: from, length: end - from }];
  return lacedPlaces(file.read(from, Math.min(end - from, MAX_LACES)), { start: from, end }, lacing);
}
