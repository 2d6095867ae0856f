import type { ByteSource } from "../byte-source.ts";
import { type Limits, tooLong, undecodable } from "../limits.ts";
import { latin1 } from "./bytes.ts";
import { type OggPage, readOgg } from "./ogg.ts";
import { type OpusHead, readOpusHead } from "./opus-head.ts";
import { packetSamples } from "./opus-packet.ts";

/** Opus counts time at this rate, independent of the rate it decodes to. */
export const CLOCK_HZ = 48_000;

export type Stream = {
  /** Reads the packets from the file again each time. */
  packets: Iterable<Uint8Array>;
  /** Samples at 48 kHz to drop from the start. */
  skip: number;
  /** Samples at 48 kHz to keep after those. */
  keep: number;
};

/** Opens an Ogg file. Throws `audio-too-long`, and what is wrong with its pages and packets. */
export function openOgg(file: ByteSource, limits: Limits): { head: OpusHead; stream: Stream } {
  const pages = readOgg(file, limits);
  const first = pages.next();
  const packets = first.done ? [] : first.value.packets();
  if (packets.length > 1)
    throw undecodable("The Opus header isn't alone on its page. Encode the file again.");
  const head = readOpusHead(packets[0] ?? new Uint8Array(0));
  const keep = keptSamples(pages, head, limits);
  const audio = { [Symbol.iterator]: () => audioPackets(readOgg(file, limits, false), head.preSkip + keep) };
  return { head, stream: { packets: audio, skip: head.preSkip, keep } };
}

/**
 * Opens the packets of a track in another container, where they have no stated end.
 *
 * header   the "OpusHead" packet, as WebM's CodecPrivate has it
 * packets  can be iterated several times
 */
export function openTrack(
  header: Uint8Array,
  packets: Iterable<Uint8Array>,
  limits: Limits,
): { head: OpusHead; stream: Stream } {
  const head = readOpusHead(header);
  let total = 0;
  for (const packet of packets) total += checkedSamples(packet, head);
  const keep = Math.max(0, total - head.preSkip);
  checkKept(keep, limits);
  return { head, stream: { packets, skip: head.preSkip, keep } };
}

function checkKept(samples: number, limits: Limits): void {
  if (samples > limits.maxSeconds * CLOCK_HZ)
    throw tooLong(`The recording is longer than ${limits.maxSeconds} s.`, limits);
}

/**
 * Returns how many samples count after the pre-skip, and checks the packets. RFC 7845, section 4.
 * Throws `audio-too-long` if the last page states that more than the longest length of them count.
 *
 * pages  after the first
 */
function keptSamples(pages: Iterable<OggPage>, head: OpusHead, limits: Limits): number {
  const limit = head.preSkip + limits.maxSeconds * CLOCK_HZ;
  let tagged = false;
  let total = 0;
  let first: { page: number; start: number } | undefined;
  let count = 0;
  let last = 0;
  for (const page of pages) {
    if (!tagged) {
      tagged = isTagPage(page);
      continue;
    }
    count++;
    last = page.granule ?? last;
    // One packet beyond the limit is enough to see that the stream is longer.
    if (total > limit) continue;
    const before = total;
    for (const packet of page.packets()) total += checkedSamples(packet, head);
    // A stream cut from a broadcast starts late: by the time of its first page, less that page's
    // own packets.
    if (!first && page.granule !== undefined && total > before) {
      first = { page: count, start: Math.max(0, page.granule - (total - before)) };
    }
  }
  if (!tagged) throw noTags();
  // A last page may state an end before its last sample, so it says nothing about the start.
  const start = first && first.page < count ? first.start : 0;
  const end = Math.min(total, last - start);
  checkKept(end - head.preSkip, limits);
  return Math.max(0, end - head.preSkip);
}

/** Whether this page has the comment header. Throws if another packet is there instead. */
function isTagPage(page: OggPage): boolean {
  const packets = page.packets();
  const [packet] = packets;
  if (!packet) return false;
  if (latin1(packet, 0, 8) !== "OpusTags" || packets.length > 1) throw noTags();
  return true;
}

function noTags(): Error {
  return undecodable(
    "The Opus stream needs a comment header alone on its second page. Encode the file again.",
  );
}

/**
 * Yields the packets that hold the first `samples`, so that packets after the stated end aren't
 * decoded. `pages`: from the first, which `keptSamples` has checked
 */
function* audioPackets(pages: Iterable<OggPage>, samples: number): Generator<Uint8Array> {
  let headers = 2;
  let total = 0;
  for (const page of pages)
    for (const packet of page.packets()) {
      if (headers-- > 0) continue;
      yield packet;
      total += packetSamples(packet) ?? 0;
      if (total >= samples) return;
    }
}

/** opus-decoder has room for 3840 bytes per channel, which is 256 kbit/s at its longest packets. */
function checkedSamples(packet: Uint8Array, head: OpusHead): number {
  const samples = packetSamples(packet);
  if (samples !== undefined && packet.length <= 3840 * head.channels) return samples;
  throw undecodable("The Opus stream contains an invalid packet. Send an intact file.");
}
