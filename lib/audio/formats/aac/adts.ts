import type { ByteSource } from "../../byte-source.ts";
import { checkDuration, type Limits, undecodable } from "../../limits.ts";
import { type Place, packetsAt } from "../places.ts";
import { type AacConfig, channelsOf, rateOf, unsupportedAac } from "./config.ts";
import { FRAME_SAMPLES } from "./decoder.ts";

/** The blocks of an AAC stream, which can be iterated several times. */
export type AacStream = { config: AacConfig; count: number; blocks: Iterable<Uint8Array> };

/** config: 12 bits that all frames of a stream share */
type Frame = { config: number; header: number; length: number };

const HEADER = 7;
const CHECKSUM = 2;
const LOW_COMPLEXITY = 1;
const PROFILES = ["AAC Main", "AAC-LC", "AAC SSR", "AAC LTP"];
/** Bytes between frames, in all. Cut files have up to one frame of them. */
const MAX_JUNK = 65_536;

/**
 * Finds the frames of an ADTS stream. ISO/IEC 14496-3, 1.A.3.2. A frame that the file ends in is
 * left out.
 *
 * Throws `audio-undecodable`, `audio-too-long` and the `audio-unsupported-*` slugs.
 */
export function readAdts(file: ByteSource, limits: Limits): AacStream {
  const places: Place[] = [];
  let first: { frame: Frame; config: AacConfig } | undefined;
  let junk = 0;
  for (let at = 0; at + HEADER <= file.size; ) {
    const frame = frameAt(file.read(at, HEADER), first?.frame);
    if (!frame || (!first && !follows(file, at, frame))) {
      at++;
      if (++junk > MAX_JUNK) throw damagedStream();
      continue;
    }
    first ??= { frame, config: configOf(frame) };
    if (at + frame.length > file.size) break;
    places.push({ start: at + frame.header, length: frame.length - frame.header });
    checkDuration(places.length * FRAME_SAMPLES, first.config.sampleRateHz, first.config.channels, limits);
    at += frame.length;
  }
  if (!first) throw damagedStream();
  const { config } = first;
  return { config, count: places.length, blocks: packetsAt(file, places) };
}

/** Returns the frame with this header. Undefined if it isn't one, or differs from the first. */
function frameAt(head: Uint8Array, first: Frame | undefined): Frame | undefined {
  if (head[0] !== 0xff || (head[1] & 0xf6) !== 0xf0) return undefined;
  // The profile, the rate and the channels, without the private bit between them.
  const config = ((head[2] & 0xfc) << 4) | ((head[2] & 1) << 2) | (head[3] >> 6);
  const header = HEADER + (head[1] & 1 ? 0 : CHECKSUM);
  const length = ((head[3] & 3) << 11) | (head[4] << 3) | (head[5] >> 5);
  if (length <= header || (first && first.config !== config)) return undefined;
  if ((head[6] & 3) !== 0) throw unsupportedAac("AAC with several blocks in a frame");
  return { config, header, length };
}

/** Whether the next frame, or the end of the file, comes where this frame's length says. */
function follows(file: ByteSource, at: number, frame: Frame): boolean {
  const next = at + frame.length;
  return next >= file.size || frameAt(file.read(next, HEADER), frame) !== undefined;
}

function configOf({ config }: Frame): AacConfig {
  const profile = config >> 10;
  if (profile !== LOW_COMPLEXITY) throw unsupportedAac(PROFILES[profile]);
  const rateIndex = (config >> 6) & 15;
  return { rateIndex, sampleRateHz: rateOf(rateIndex), channels: channelsOf(config & 7) };
}

const damagedStream = () =>
  undecodable("The AAC file is damaged: it has no frames, or other bytes between them. Send an intact file.");
