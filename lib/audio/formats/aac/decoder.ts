import { align, type BitReader, checkInside, damaged, flag, take } from "./bit-reader.ts";
import { type Channel, LINES, readChannel } from "./channel.ts";
import { type AacConfig, unsupportedAac } from "./config.ts";
import { synthesis } from "./filterbank.ts";
import { dequantize, type MidSide, undoStereo } from "./spectrum.ts";
import { shapeNoise } from "./tns.ts";
import { readWindowInfo } from "./window-info.ts";

/** Samples per channel that each block gives. */
export const FRAME_SAMPLES = LINES;

/** Syntactic elements. ISO/IEC 14496-3, table 4.85. */
const SINGLE = 0;
const PAIR = 1;
const COUPLING = 2;
const DATA = 4;
const PROGRAM = 5;
const FILL = 6;
const END = 7;
/** Extension types of fill elements. Table 4.121. */
const SBR = [13, 14];

/**
 * Returns a decoder of AAC-LC: a function from one raw_data_block() to its 1024 samples per
 * channel, full scale at 1. They are valid until the next call. ISO/IEC 14496-3, subpart 4.
 *
 * The first block gives the encoder's delay, or half a window that fades in. Blocks must be decoded
 * in order, since each overlaps the one before.
 *
 * Throws `audio-undecodable` for a block that breaks the syntax or ends early, and
 * `audio-unsupported-codec` for one with spectral band replication (HE-AAC).
 */
export function aacDecoder(config: AacConfig): (block: Uint8Array) => readonly Float32Array[] {
  const { channels, rateIndex } = config;
  const planes = Array.from({ length: channels }, () => new Float32Array(LINES));
  const lines = planes.map(() => new Float64Array(LINES));
  const synthesize = planes.map(() => synthesis());
  const random = noise();
  const finish = (channel: Channel, index: number): void => {
    shapeNoise(lines[index], channel.tns);
    synthesize[index](lines[index], channel.info, planes[index]);
  };
  return (block) => {
    const bits: BitReader = { bytes: block, at: 0 };
    let filled = 0;
    for (let element = take(bits, 3); element !== END; element = take(bits, 3)) {
      if (element === SINGLE && filled < channels) {
        const channel = readSingle(bits, rateIndex);
        dequantize(channel, lines[filled], random);
        finish(channel, filled++);
      } else if (element === PAIR && filled + 2 <= channels) {
        const pair = readPair(bits, rateIndex);
        dequantize(pair.left, lines[0], random);
        dequantize(pair.right, lines[1], random);
        undoStereo(pair, lines[0], lines[1]);
        finish(pair.left, filled++);
        finish(pair.right, filled++);
      } else skipElement(bits, element);
      checkInside(bits);
    }
    checkInside(bits);
    if (filled !== channels) throw damaged();
    return planes;
  };
}

function readSingle(bits: BitReader, rateIndex: number): Channel {
  bits.at += 4;
  return readChannel(bits, rateIndex);
}

/** Table 4.5. */
function readPair(bits: BitReader, rateIndex: number) {
  bits.at += 4;
  const shared = flag(bits) ? readWindowInfo(bits, rateIndex) : undefined;
  const mask = shared ? take(bits, 2) : 0;
  if (mask === 3) throw damaged();
  const bands = shared ? shared.groups.length * shared.bands : 0;
  const coded: MidSide = Uint8Array.from({ length: bands }, () => (mask === 1 ? take(bits, 1) : mask));
  const left = readChannel(bits, rateIndex, shared);
  const right = readChannel(bits, rateIndex, shared);
  const midSide = shared ? coded : new Uint8Array(right.books.length);
  return { left, right, midSide };
}

function skipElement(bits: BitReader, element: number): void {
  if (element === FILL) skipFill(bits);
  else if (element === DATA) skipData(bits);
  else if (element === PROGRAM) skipProgram(bits);
  else if (element === COUPLING) throw unsupportedAac("AAC with coupled channels");
  else throw damaged();
}

/** Table 4.11. Throws for spectral band replication, which a header may not announce. */
function skipFill(bits: BitReader): void {
  const short = take(bits, 4);
  const bytes = short === 15 ? 14 + take(bits, 8) : short;
  const type = take(bits, 4);
  if (bytes > 0 && SBR.includes(type)) throw unsupportedAac("HE-AAC");
  bits.at += bytes * 8 - 4;
}

/** Table 4.10. */
function skipData(bits: BitReader): void {
  bits.at += 4;
  const aligned = flag(bits);
  const first = take(bits, 8);
  const bytes = first === 255 ? 255 + take(bits, 8) : first;
  if (aligned) align(bits);
  bits.at += bytes * 8;
}

/** Table 4.2: says where each channel is, which a stream of one or two channels needn't. */
function skipProgram(bits: BitReader): void {
  bits.at += 10;
  const [front, side, back] = [take(bits, 4), take(bits, 4), take(bits, 4)];
  const [low, data, coupling] = [take(bits, 2), take(bits, 3), take(bits, 4)];
  for (const mixdown of [4, 4, 3]) if (flag(bits)) bits.at += mixdown;
  bits.at += (front + side + back + coupling) * 5 + (low + data) * 4;
  align(bits);
  const comment = take(bits, 8);
  bits.at += comment * 8;
}

/** Numbers in [-1, 1), the same in every run: decoding a clip twice gives the same samples. */
function noise(): () => number {
  let state = 1;
  // The generator of Numerical Recipes, section 7.1.
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return state / 2 ** 31;
  };
}
