import type { ByteSource } from "../../byte-source.ts";
import { undecodable } from "../../limits.ts";
import { viewOf } from "../bytes.ts";
import { type Box, boxesIn, child, fields } from "./boxes.ts";

/** What a track contains. */
export type Codec =
  | { name: "aac"; config: Uint8Array }
  | { name: "opus"; header: Uint8Array }
  | { name: "amr-nb" | "amr-wb" }
  /** One that isn't decoded, as in messages. */
  | { name: "other"; title: string };

const TITLES: Readonly<Record<string, string>> = {
  alac: "Apple Lossless (ALAC)",
  "ac-3": "Dolby Digital (AC-3)",
  "ec-3": "Dolby Digital Plus (E-AC-3)",
  "ac-4": "Dolby AC-4",
  fLaC: "FLAC",
  ".mp3": "MP3",
  enca: "encrypted audio",
  sawp: "AMR-WB+",
  samr: "AMR-NB",
  sawb: "AMR-WB",
  ulaw: "mu-law",
  alaw: "A-law",
};
const PCM = ["lpcm", "sowt", "twos", "in24", "in32", "fl32", "fl64", "ipcm", "fpcm", "raw ", "NONE"];
/** Object type indications of AAC: MPEG-4, and MPEG-2 low complexity. mp4ra.org. */
const AAC_TYPES = [0x40, 0x67];
const OTHER_TYPES: Readonly<Record<number, string>> = {
  102: "AAC Main",
  104: "AAC SSR",
  105: "MP3",
  107: "MP3",
  165: "Dolby Digital (AC-3)",
  166: "Dolby Digital Plus (E-AC-3)",
  169: "DTS",
  221: "Vorbis",
};

/** Bytes of an audio sample entry before its boxes, and more of them in QuickTime's versions. */
const FIXED = 28;
const MORE_BY_VERSION = [0, 16, 36];
/** Bytes of a codec's header that are read. */
const MAX_HEADER = 4096;

/** Reads the first entry of a sample description. ISO/IEC 14496-12, 12.2.3. */
export function readCodec(file: ByteSource, description: Box): Codec {
  const [entry] = boxesIn(file, description.start + 8, description.end);
  if (!entry) throw noHeader();
  const { type, start, end } = entry;
  if (type === "mp4a") return readMp4a(file, entry);
  if (type === "samr" || type === "sawb") return { name: type === "samr" ? "amr-nb" : "amr-wb" };
  if (type === "Opus") {
    const box = child(file, { ...entry, start: start + FIXED }, "dOps");
    if (!box) throw noHeader();
    return {
      name: "opus",
      header: opusHead(file.read(box.start, Math.min(box.end - box.start, MAX_HEADER))),
    };
  }
  if (end - start < FIXED) throw noHeader();
  const title = PCM.includes(type) ? "uncompressed PCM" : TITLES[type];
  return { name: "other", title: title ?? `an unknown codec (${type.replace(/[^\x20-\x7e]/g, "?")})` };
}

function readMp4a(file: ByteSource, entry: Box): Codec {
  const version = fields(file, entry, FIXED).getUint16(8);
  const boxes = { ...entry, start: entry.start + FIXED + (MORE_BY_VERSION[version] ?? 0) };
  // QuickTime wraps the header into another box.
  const wave = child(file, boxes, "wave");
  const box = child(file, boxes, "esds") ?? (wave && child(file, wave, "esds"));
  if (!box) throw noHeader();
  const { objectType, config } = readDescriptors(
    file.read(box.start + 4, Math.min(box.end - box.start, MAX_HEADER)),
  );
  if (!objectType) throw noHeader();
  if (AAC_TYPES.includes(objectType)) return { name: "aac", config };
  return { name: "other", title: OTHER_TYPES[objectType] ?? `an unknown codec (object type ${objectType})` };
}

const STREAM = 3;
const DECODER = 4;
const DECODER_SPECIFIC = 5;

/** Reads an ES_Descriptor: a tree of tags and sizes. ISO/IEC 14496-1, 7.2.6. */
export function readDescriptors(bytes: Uint8Array): { objectType: number; config: Uint8Array } {
  let objectType = 0;
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at++];
    let size = 0;
    let more = true;
    for (let i = 0; more && i < 4; i++) {
      size = size * 128 + (bytes[at] & 127);
      more = bytes[at++] > 127;
    }
    if (tag === STREAM) {
      const flags = bytes[at + 2];
      at += 3 + (flags & 0x80 ? 2 : 0) + (flags & 0x40 ? 1 + bytes[at + 3] : 0) + (flags & 0x20 ? 2 : 0);
    } else if (tag === DECODER) {
      objectType = bytes[at];
      at += 13;
    } else if (tag === DECODER_SPECIFIC) return { objectType, config: bytes.subarray(at, at + size) };
    else at += size;
  }
  return { objectType, config: new Uint8Array(0) };
}

/** Turns a dOps box into an "OpusHead" packet, which has its numbers the other way round. */
function opusHead(box: Uint8Array): Uint8Array {
  if (box.length < 11) throw noHeader();
  const head = new Uint8Array(8 + box.length);
  head.set([..."OpusHead"].map((letter) => letter.charCodeAt(0)));
  head.set(box, 8);
  const [from, to] = [viewOf(box), viewOf(head)];
  head[8] = 1;
  to.setUint16(10, from.getUint16(2), true);
  to.setUint32(12, from.getUint32(4), true);
  to.setInt16(16, from.getInt16(8), true);
  return head;
}

const noHeader = () =>
  undecodable(
    "The MP4 file doesn't describe its audio track's codec. Send an intact file, or encode it again.",
  );
