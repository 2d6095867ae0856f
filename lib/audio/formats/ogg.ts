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
   * Returns the packets that end on this page. They are views of the file, except packets that span
   * pages.
   */
  packets(): Uint8Array[];
};

const HEADER = 27;
/** 120 s of Opus with a page for each packet of 2.5 ms are 48,000 pages. */
const MAX_PAGES = 50_000;
/** "OggS". */
const MAGIC = 0x4f67_6753;
const CONTINUED = 1;
const FIRST = 2;
const LAST = 4;

/** Offsets are in the file. */
type RawPage = {
  flags: number;
  /** Where the header's fields start. */
  at: number;
  lacing: number;
  body: number;
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
 * bytes  start with "OggS"
 * Throws `audio-truncated`, `audio-undecodable`, and `audio-unsupported-container` for several
 * streams, whether multiplexed or chained.
 */
export function* readOgg(bytes: Uint8Array): Generator<OggPage> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let open: Uint8Array[] = [];
  let serial: number | undefined;
  let page: RawPage | undefined;
  for (let sequence = 0; page === undefined || continues(bytes, view, page); sequence++) {
    const at: number = page?.end ?? 0;
    if (sequence === MAX_PAGES)
      throw undecodable(`The Ogg file has more than ${MAX_PAGES} pages. Write it again with longer pages.`);
    page = readPage(bytes, view, at);
    const pageSerial = view.getUint32(at + 14, true);
    const first = serial === undefined;
    serial ??= pageSerial;
    if (pageSerial !== serial || (!first && page.flags & FIRST)) throw severalStreams();
    if (view.getUint32(at + 18, true) !== sequence)
      throw undecodable(`Page ${sequence} of the Ogg file is missing. Send the whole file.`);
    if (first !== (page.flags & FIRST) > 0 || open.length > 0 !== (page.flags & CONTINUED) > 0) {
      throw undecodable(
        `Page ${sequence} of the Ogg file doesn't continue the page before. Send an intact file.`,
      );
    }
    yield { granule: granuleOf(view, at), packets: splitPackets.bind(undefined, bytes, page, open) };
    open = unfinished(bytes, page, open);
  }
  if (open.length > 0) throw truncated("The Ogg file ends inside a packet. Send the whole file.");
  const end = page.end;
  if (latin1(bytes, end, end + 4) === "OggS") throw severalStreams();
}

/** Whether the stream has a page after this one. */
function continues(bytes: Uint8Array, view: DataView, { flags, at, end }: RawPage): boolean {
  if (end === bytes.length) return false;
  if ((flags & LAST) === 0) return true;
  if (end + HEADER > bytes.length || view.getUint32(end) !== MAGIC) return false;
  const sameStream = view.getUint32(end + 14, true) === view.getUint32(at + 14, true);
  const next = view.getUint32(end + 18, true) === view.getUint32(at + 18, true) + 1;
  return sameStream && next && (bytes[end + 5] & FIRST) === 0;
}

function readPage(bytes: Uint8Array, view: DataView, at: number): RawPage {
  const whole = at + HEADER <= bytes.length;
  if (
    whole ? view.getUint32(at) !== MAGIC : latin1(bytes, at, at + 4) !== "OggS".slice(0, bytes.length - at)
  ) {
    throw undecodable(`The Ogg file is damaged: no page starts at byte ${at}. Send an intact file.`);
  }
  if (!whole) throw cutPage();
  const version = bytes[at + 4];
  if (version !== 0)
    throw undecodable(`The Ogg page at byte ${at} has version ${version}. Only version 0 exists.`);
  const lacing = at + HEADER;
  const body = lacing + bytes[at + 26];
  if (body > bytes.length) throw cutPage();
  let end = body;
  for (let i = lacing; i < body; i++) end += bytes[i];
  if (end > bytes.length) throw cutPage();
  if (crc32Ogg(bytes, at, end, at + 22) !== view.getUint32(at + 22, true)) {
    throw undecodable(`The Ogg page at byte ${at} has a wrong checksum. Send an intact file.`);
  }
  return { flags: bytes[at + 5], at, lacing, body, end };
}

/**
 * A packet is 255-byte segments and a shorter one. Without the shorter one it continues on the next
 * page. `open`: the parts of the packet that the page continues.
 */
function splitPackets(bytes: Uint8Array, page: RawPage, open: readonly Uint8Array[]): Uint8Array[] {
  const packets: Uint8Array[] = [];
  let start = page.body;
  let end = page.body;
  for (let i = page.lacing; i < page.body; i++) {
    end += bytes[i];
    if (bytes[i] === 255) continue;
    const part = bytes.subarray(start, end);
    packets.push(packets.length === 0 && open.length > 0 ? concat([...open, part]) : part);
    start = end;
  }
  return packets;
}

/** Returns the parts of the packet that the next page must continue. Adds to `open`. */
function unfinished(bytes: Uint8Array, page: RawPage, open: Uint8Array[]): Uint8Array[] {
  let size = 0;
  let last = page.body - 1;
  for (; last >= page.lacing && bytes[last] === 255; last--) size += 255;
  const whole = last < page.lacing;
  if (size === 0) return whole || open.length === 0 ? open : [];
  const part = bytes.subarray(page.end - size, page.end);
  if (!whole || open.length === 0) return [part];
  open.push(part);
  return open;
}

/** The format uses -1 for a page on which no packet ends. */
function granuleOf(view: DataView, at: number): number | undefined {
  const high = view.getInt32(at + 10, true);
  const low = view.getUint32(at + 6, true);
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
