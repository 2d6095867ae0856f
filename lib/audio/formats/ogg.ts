import { AppError } from "../../error.ts";
import type { ByteSource } from "../byte-source.ts";
import { type Limits, truncated, undecodable } from "../limits.ts";
import { concat, latin1, viewOf } from "./bytes.ts";
import { crc32Ogg } from "./crc.ts";

export type OggPage = {
  /**
   * The codec's time at the end of the last packet that ends on this page; undefined if none does.
   */
  granule: number | undefined;
  /**
   * Returns the packets that end on this page. They are views of the file, except packets that span
   * pages.
   */
  packets(): Uint8Array[];
};

const HEADER = 27;
/** The header and the longest table of segments. */
const LONGEST_HEADER = HEADER + 255;
/** Opus with a page for each packet of 2.5 ms has 400 a second, and some more for the headers. */
const PAGES_PER_SECOND = 400;
const OTHER_PAGES = 2000;
/** "OggS". */
const MAGIC = 0x4f67_6753;
const CONTINUED = 1;
const FIRST = 2;
const LAST = 4;

type RawPage = {
  flags: number;
  serial: number;
  sequence: number;
  /** The whole page; its body starts at `body`. */
  bytes: Uint8Array;
  body: number;
  /** Offset in the file. */
  end: number;
};

/**
 * Yields the pages of an Ogg file, each with the packets that end on it. RFC 3533.
 *
 * The file must hold one stream, with its pages in order and correct checksums. It ends with its
 * last whole page: messengers omit the end-of-stream flag, or set it on the last two pages. Bytes
 * after a page with the flag are ignored unless they start another stream.
 *
 * Packets are split only when they are read, so that pages beyond a clip's limit cost little more
 * than their checksum.
 *
 * file     starts with "OggS"
 * checked  false: the pages were read before, and their checksums are right
 * Throws `audio-truncated`, `audio-undecodable`, and `audio-unsupported-container` for several
 * streams, whether multiplexed or chained.
 */
export function* readOgg(file: ByteSource, limits: Limits, checked = true): Generator<OggPage> {
  const maxPages = limits.maxSeconds * PAGES_PER_SECOND + OTHER_PAGES;
  let open: Uint8Array[] = [];
  let serial: number | undefined;
  let page: RawPage | undefined;
  for (let sequence = 0; page === undefined || continues(file, page); sequence++) {
    if (sequence === maxPages)
      throw undecodable(`The Ogg file has more than ${maxPages} pages. Write it again with longer pages.`);
    page = readPage(file, page?.end ?? 0, checked);
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
    yield { granule: granuleOf(page.bytes), packets: splitPackets.bind(undefined, page, open) };
    open = unfinished(page, open);
  }
  if (open.length > 0) throw truncated("The Ogg file ends inside a packet. Send the whole file.");
  if (latin1(file.read(page.end, 4), 0, 4) === "OggS") throw severalStreams();
}

/** Whether the stream has a page after this one. */
function continues(file: ByteSource, { flags, serial, sequence, end }: RawPage): boolean {
  if (end === file.size) return false;
  if ((flags & LAST) === 0) return true;
  const head = file.read(end, HEADER);
  const view = viewOf(head);
  if (head.length < HEADER || view.getUint32(0) !== MAGIC) return false;
  const follows = view.getUint32(14, true) === serial && view.getUint32(18, true) === sequence + 1;
  return follows && (head[5] & FIRST) === 0;
}

function readPage(file: ByteSource, at: number, checked: boolean): RawPage {
  const head = file.read(at, LONGEST_HEADER);
  if (latin1(head, 0, 4) !== "OggS".slice(0, head.length)) {
    throw undecodable(`The Ogg file is damaged: no page starts at byte ${at}. Send an intact file.`);
  }
  if (head.length < HEADER) throw cutPage();
  const version = head[4];
  if (version !== 0)
    throw undecodable(`The Ogg page at byte ${at} has version ${version}. Only version 0 exists.`);
  const body = HEADER + head[26];
  if (body > head.length) throw cutPage();
  let length = body;
  for (let i = HEADER; i < body; i++) length += head[i];
  const bytes = file.read(at, length);
  if (bytes.length < length) throw cutPage();
  const view = viewOf(bytes);
  if (checked && crc32Ogg(bytes, 0, length, 22) !== view.getUint32(22, true)) {
    throw undecodable(`The Ogg page at byte ${at} has a wrong checksum. Send an intact file.`);
  }
  const [serial, sequence] = [view.getUint32(14, true), view.getUint32(18, true)];
  return { flags: bytes[5], serial, sequence, bytes, body, end: at + length };
}

/**
 * A packet is 255-byte segments and a shorter one. Without the shorter one it continues on the next
 * page. `open`: the parts of the packet that the page continues.
 */
function splitPackets({ bytes, body }: RawPage, open: readonly Uint8Array[]): Uint8Array[] {
  const packets: Uint8Array[] = [];
  let start = body;
  let end = body;
  for (let i = HEADER; i < body; i++) {
    end += bytes[i];
    if (bytes[i] === 255) continue;
    const part = bytes.subarray(start, end);
    packets.push(packets.length === 0 && open.length > 0 ? concat([...open, part]) : part);
    start = end;
  }
  return packets;
}

/** Returns the parts of the packet that the next page must continue. Adds to `open`. */
function unfinished({ bytes, body }: RawPage, open: Uint8Array[]): Uint8Array[] {
  let size = 0;
  let last = body - 1;
  for (; last >= HEADER && bytes[last] === 255; last--) size += 255;
  const whole = last < HEADER;
  if (size === 0) return whole || open.length === 0 ? open : [];
  const part = bytes.subarray(bytes.length - size);
  if (!whole || open.length === 0) return [part];
  open.push(part);
  return open;
}

/** The format uses -1 for a page on which no packet ends. */
function granuleOf(page: Uint8Array): number | undefined {
  const view = viewOf(page);
  const high = view.getInt32(10, true);
  const low = view.getUint32(6, true);
  if (high === -1 && low === 0xffff_ffff) return undefined;
  if (high < 0) throw undecodable("The Ogg file has a page with a negative time. Encode the file again.");
  return high * 2 ** 32 + low;
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
