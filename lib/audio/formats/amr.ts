import { AppError } from "../../error.ts";
import type { ByteSource } from "../byte-source.ts";
import { checkDuration, type Limits, undecodable } from "../limits.ts";
import type { Pcm } from "../types.ts";
import { concat, latin1 } from "./bytes.ts";
import { howToConvert } from "./convert.ts";
import type { Opened } from "./opened.ts";
import { type Place, packetsAt } from "./places.ts";

export type AmrKind = "narrow" | "wide";

type Facts = {
  magic: string;
  sampleRateHz: number;
  /** Samples of a frame. */
  samples: number;
  /** Bytes of a frame after its first one, by type; undefined for reserved types. */
  sizes: readonly (number | undefined)[];
};

const reserved = undefined;
/** RFC 4867, section 5.1; 3GPP TS 26.101, table 1a, and TS 26.201, table 1a. */
const FACTS: Readonly<Record<AmrKind, Facts>> = {
  narrow: {
    magic: "#!AMR\n",
    sampleRateHz: 8_000,
    samples: 160,
    sizes: [12, 13, 15, 17, 19, 20, 26, 31, 5, ...Array(6).fill(reserved), 0],
  },
  wide: {
    magic: "#!AMR-WB\n",
    sampleRateHz: 16_000,
    samples: 320,
    sizes: [17, 23, 32, 36, 40, 46, 50, 58, 60, 5, ...Array(4).fill(reserved), 0, 0],
  },
};
/** Frames that are decoded in one go: a second. */
const BATCH = 50;

/**
 * Decodes AMR-NB and AMR-WB files. RFC 4867, section 5. The codec is opencore-amr in WebAssembly
 * (@audio/decode-amr). A frame that the file ends in is left out.
 *
 * The frames are counted before any is decoded, so a clip that is too long costs no decoding.
 *
 * Throws `audio-undecodable`, `audio-too-long` and `audio-unsupported-layout`.
 */
export async function decodeAmr(file: ByteSource, limits: Limits): Promise<Pcm> {
  const { kind, places } = open(file, limits);
  return amrPcm(kind, packetsAt(file, places));
}

export function amrSeconds(file: ByteSource, limits: Limits): number {
  const { kind, places } = open(file, limits);
  return (places.length * FACTS[kind].samples) / FACTS[kind].sampleRateHz;
}

/** Opens a track of a 3GP file, whose packets have one or more frames each. */
export function amrTrack(kind: AmrKind, packets: Iterable<Uint8Array>, limits: Limits): Opened {
  const { samples, sampleRateHz } = FACTS[kind];
  let count = 0;
  for (const _ of framesOf(kind, packets)) checkDuration(++count * samples, sampleRateHz, 1, limits);
  return {
    seconds: () => (count * samples) / sampleRateHz,
    decode: () => amrPcm(kind, framesOf(kind, packets)),
  };
}

async function amrPcm(kind: AmrKind, frames: Iterable<Uint8Array>): Promise<Pcm> {
  const { magic, sampleRateHz } = FACTS[kind];
  const decoder = await (await import("@audio/decode-amr")).decoder();
  function* blocks(): Generator<Float32Array[]> {
    let pending: Uint8Array[] = [Uint8Array.from(magic, (letter) => letter.charCodeAt(0))];
    const flush = (): Float32Array[] => {
      const { channelData } = decoder.decode(concat(pending));
      pending = [];
      return channelData;
    };
    try {
      for (const frame of frames) {
        if (pending.push(frame) < BATCH) continue;
        const planes = flush();
        if (planes.length > 0) yield planes;
      }
      const planes = flush();
      if (planes.length > 0) yield planes;
    } finally {
      decoder.free();
    }
  }
  return { sampleRateHz, channels: 1, blocks: blocks() };
}

function open(file: ByteSource, limits: Limits): { kind: AmrKind; places: Place[] } {
  const head = file.read(0, 12);
  const kind = latin1(head, 0, 9) === FACTS.wide.magic ? "wide" : "narrow";
  const { magic, samples, sampleRateHz } = FACTS[kind];
  if (latin1(head, 0, magic.length) !== magic) {
    throw new AppError(
      "audio-unsupported-layout",
      `The AMR file has several channels, or another version. ${howToConvert(".amr")}`,
    );
  }
  const places: Place[] = [];
  for (let at = magic.length; at < file.size; ) {
    const length = frameLength(kind, file.read(at, 1)[0]);
    if (at + length > file.size) break;
    places.push({ start: at, length });
    checkDuration(places.length * samples, sampleRateHz, 1, limits);
    at += length;
  }
  return { kind, places };
}

function* framesOf(kind: AmrKind, packets: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const packet of packets)
    for (let at = 0; at < packet.length; ) {
      const length = frameLength(kind, packet[at]);
      if (at + length > packet.length) throw damaged();
      yield packet.subarray(at, at + length);
      at += length;
    }
}

/** `first`: a frame's first byte, whose highest and two lowest bits are zeros. */
function frameLength(kind: AmrKind, first: number): number {
  const size = FACTS[kind].sizes[(first >> 3) & 15];
  if (size === undefined || (first & 0x83) !== 0) throw damaged();
  return 1 + size;
}

const damaged = () =>
  undecodable("The AMR stream is damaged: a frame has an invalid type. Send an intact file.");
