import { AppError } from "../../error.ts";
import { truncated, undecodable } from "../limits.ts";
import { concat, latin1 } from "./bytes.ts";
import { crc32Ogg } from "./crc.ts";

export type OggPage = {
  /**
   * The codec's time at the end of the last packet that ends on this page; undefined if none does.
   */
  granule: number | undefined;
  /**
   * The packets that end on this page. They are views of the file, except packets that span pages.
   */
  packets: readonly Uint8Array[];
};

const HEADER = 27;
const CONTINUED = 1;
const FIRST = 2;
const LAST = 4;

type RawPage = {
  flags: number;
  granule: bigint;
  serial: number;
  sequence: number;
  body: number;
  lacing: Uint8Array;
};

/**
 * Returns the pages of an Ogg file, each with the packets that end on it. RFC 3533.
 *
 * The file must hold one complete stream, with its pages in order and correct checksums. Bytes
 * after the last page are ignored unless they start another stream. A file without an end-of-stream
 * flag counts as truncated.
 *
 * bytes  start with "OggS"
 * Throws `audio-truncated`, `audio-undecodable`, and `audio-unsupported-container` for several
 * streams, whether multiplexed or chained.
 */
export function readOgg(bytes: Uint8Array): OggPage[] {
  const pages: OggPage[] = [];
  let open: Uint8Array[] = [];
  let serial: number | undefined;
  let at = 0;
  for (let sequence = 0; ; sequence++) {
    if (at === bytes.length)
      throw truncated("The last page of the Ogg file is missing. Send the whole file.");
    const page = readPage(bytes, at);
    const first = serial === undefined;
    serial ??= page.serial;
    if (page.serial !== serial || (!first && page.flags & FIRST)) throw severalStreams();
    if (page.sequence !== sequence)
      throw undecodable(`Page ${sequence} of the Ogg file is missing. Send the whole file.`);
    if (first !== (page.flags & FIRST) > 0 || open.length > 0 !== (page.flags & CONTINUED) > 0) {
      throw undecodable(
        `Page ${sequence} of the Ogg file doesn't continue the page before. Send an intact file.`,
      );
    }
    const split = splitPackets(bytes, page, open);
    open = split.open;
    pages.push({ granule: granuleOf(page), packets: split.packets });
    at = page.body + page.lacing.reduce((sum, size) => sum + size, 0);
    if (page.flags & LAST) break;
  }
  if (open.length > 0) throw truncated("The Ogg file ends inside a packet. Send the whole file.");
  if (latin1(bytes, at, at + 4) === "OggS") throw severalStreams();
  return pages;
}

function readPage(bytes: Uint8Array, at: number): RawPage {
  if (latin1(bytes, at, Math.min(at + 4, bytes.length)) !== "OggS".slice(0, bytes.length - at)) {
    throw undecodable(`The Ogg file is damaged: no page starts at byte ${at}. Send an intact file.`);
  }
  if (at + HEADER > bytes.length) throw cutPage();
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, bytes.length - at);
  const version = view.getUint8(4);
  if (version !== 0)
    throw undecodable(`The Ogg page at byte ${at} has version ${version}. Only version 0 exists.`);
  const body = at + HEADER + view.getUint8(26);
  const lacing = bytes.subarray(at + HEADER, body);
  const end = body + lacing.reduce((sum, size) => sum + size, 0);
  if (body > bytes.length || end > bytes.length) throw cutPage();
  if (crc32Ogg(bytes, at, end, at + 22) !== view.getUint32(22, true)) {
    throw undecodable(`The Ogg page at byte ${at} has a wrong checksum. Send an intact file.`);
  }
  return {
    flags: view.getUint8(5),
    granule: view.getBigInt64(6, true),
    serial: view.getUint32(14, true),
    sequence: view.getUint32(18, true),
    body,
    lacing,
  };
}

/**
 * A packet is 255-byte segments and a shorter one. Without the shorter one it continues on the next
 * page.
 */
function splitPackets(bytes: Uint8Array, page: RawPage, before: Uint8Array[]) {
  const packets: Uint8Array[] = [];
  let open = before;
  let start = page.body;
  let at = page.body;
  for (const size of page.lacing) {
    at += size;
    if (size === 255) continue;
    packets.push(open.length > 0 ? concat([...open, bytes.subarray(start, at)]) : bytes.subarray(start, at));
    open = [];
    start = at;
  }
  if (page.lacing.at(-1) === 255) open = [...open, bytes.subarray(start, at)];
  return { packets, open };
}

/** The format uses -1 for a page on which no packet ends. */
function granuleOf({ granule }: RawPage): number | undefined {
  if (granule === -1n) return undefined;
  if (granule < 0n) throw undecodable("The Ogg file has a page with a negative time. Encode the file again.");
  return Number(granule);
}

function cutPage(): AppError {
  return truncated("The Ogg file ends inside a page. Send the whole file.");
}

function severalStreams(): AppError {
  return new AppError(
    "audio-unsupported-container",
    "The Ogg file contains several streams. Send a file with one Opus stream, as `ffmpeg -c:a libopus` writes it.",
  );
}
