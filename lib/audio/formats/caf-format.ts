import { AppError } from "../../error.ts";
import type { ByteSource } from "../byte-source.ts";
import { checkLayout, truncated, undecodable } from "../limits.ts";
import { latin1, viewOf } from "./bytes.ts";
import { howToConvert } from "./convert.ts";

/** The parts of a CAF file that are used. Apple Core Audio Format Specification 1.0. */
export type CafLayout = {
  /** Four letters: "lpcm", "aac " and so on. */
  format: string;
  isFloat: boolean;
  isLittleEndian: boolean;
  sampleRateHz: number;
  channels: number;
  bits: number;
  /** 0 if packets differ, and `packets` lists them. */
  packetBytes: number;
  packetFrames: number;
  /** Where the sound is. */
  data: { start: number; end: number };
  /** The codec's header. */
  cookie: Uint8Array | undefined;
  packets: Chunk | undefined;
};

type Chunk = { start: number; end: number };

const MAX_CHUNKS = 1000;
const MAX_COOKIE = 65_536;
const HEADER = 12;
const DESCRIPTION = 32;
const IS_FLOAT = 1;
const IS_LITTLE_ENDIAN = 2;

/**
 * Reads the chunks of a CAF file, which starts with "caff".
 *
 * Throws `audio-undecodable`, `audio-truncated` and the errors of `checkLayout`.
 */
export function readCaf(file: ByteSource): CafLayout {
  const chunks = readChunks(file);
  const [description, data] = [chunks.get("desc"), chunks.get("data")];
  if (!description || !data)
    throw undecodable("The CAF file has no `desc` or no `data` chunk. Send an intact file.");
  const head = file.read(description.start, DESCRIPTION);
  if (head.length < DESCRIPTION) throw truncated("The CAF file ends inside its header. Send the whole file.");
  const view = viewOf(head);
  const flags = view.getUint32(12);
  const cookie = chunks.get("kuki");
  const [sampleRateHz, channels] = [view.getFloat64(0), view.getUint32(24)];
  checkLayout(sampleRateHz, channels);
  if (channels > 2) {
    throw new AppError(
      "audio-unsupported-layout",
      `The clip has ${channels} channels. Send one channel, or two with \`channel\` set to 0 or 1.`,
    );
  }
  return {
    format: latin1(head, 8, 12),
    isFloat: (flags & IS_FLOAT) !== 0,
    isLittleEndian: (flags & IS_LITTLE_ENDIAN) !== 0,
    sampleRateHz,
    channels,
    packetBytes: view.getUint32(16),
    packetFrames: view.getUint32(20),
    bits: view.getUint32(28),
    // An edit count comes first.
    data: { start: data.start + 4, end: data.end },
    cookie: cookie && file.read(cookie.start, Math.min(MAX_COOKIE, cookie.end - cookie.start)),
    packets: chunks.get("pakt"),
  };
}

/** A chunk's size may be -1 for the rest of the file, if it is the last. */
function readChunks(file: ByteSource): Map<string, Chunk> {
  const chunks = new Map<string, Chunk>();
  let at = 8;
  for (let count = 0; count < MAX_CHUNKS && at + HEADER <= file.size; count++) {
    const head = file.read(at, HEADER);
    const view = viewOf(head);
    const size = view.getInt32(4) * 2 ** 32 + view.getUint32(8);
    const type = latin1(head, 0, 4);
    const start = at + HEADER;
    if (size < 0 && type !== "data") throw undecodable("A chunk of the CAF file has a negative size.");
    const end = size < 0 ? file.size : start + size;
    if (end > file.size)
      throw truncated(`The CAF file ends inside its \`${type}\` chunk. Send the whole file.`);
    if (!chunks.has(type)) chunks.set(type, { start, end });
    at = end;
  }
  return chunks;
}

const NAMES: Readonly<Record<string, string>> = {
  alac: "Apple Lossless (ALAC)",
  ".mp3": "MP3",
  aach: "HE-AAC",
  aacp: "HE-AAC v2",
  aacl: "AAC-LD",
  aace: "AAC-ELD",
  aacf: "AAC-ELD",
  ilbc: "iLBC",
  samr: "AMR-NB",
  sawb: "AMR-WB",
  flac: "FLAC",
  agsm: "GSM 6.10",
  MAC3: "MACE",
};

export const unsupportedCaf = (format: string): AppError =>
  new AppError(
    "audio-unsupported-codec",
    `The CAF file contains ${NAMES[format] ?? `an unknown codec (${format.replace(/[^\x20-\x7e]/g, "?")})`}, ` +
      `which isn't supported. ${howToConvert(".caf")}`,
  );
