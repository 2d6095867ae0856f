import { checkLayout, undecodable } from "../../limits.ts";
import { latin1, viewOf } from "../bytes.ts";
import { type BitReader, bitsOf, flag, isPast, take } from "./bit-reader.ts";
import { type Codebook, readCodebook } from "./codebook.ts";
import { type Floor, readFloor } from "./floor.ts";
import { type Residue, readResidue } from "./residue.ts";
import { invalidSetup } from "./vectors.ts";

/** The identification header. Vorbis I specification, 4.2.2. */
export type Identification = {
  sampleRateHz: number;
  channels: number;
  /** Samples of a short and a long block. */
  sizes: readonly [number, number];
};

/** The setup header. 4.2.4. */
export type Setup = {
  books: readonly Codebook[];
  floors: readonly Floor[];
  residues: readonly Residue[];
  mappings: readonly Mapping[];
  /** size: an index of `sizes` */
  modes: readonly { size: 0 | 1; mapping: number }[];
};

/** How the channels are coded. */
export type Mapping = {
  coupling: readonly { magnitude: number; angle: number }[];
  /** The submap of each channel. */
  submapOf: readonly number[];
  submaps: readonly { floor: number; residue: number }[];
};

/** Throws `audio-undecodable` and the errors of `checkLayout`. */
export function readIdentification(packet: Uint8Array): Identification {
  if (packet.length < 30 || latin1(packet, 0, 7) !== "\x01vorbis" || viewOf(packet).getUint32(7) !== 0)
    throw invalidSetup();
  const channels = packet[11];
  const sampleRateHz = viewOf(packet).getUint32(12, true);
  checkLayout(sampleRateHz, channels);
  const [short, long] = [packet[28] & 15, packet[28] >> 4];
  if (short < 6 || long > 13 || short > long) throw invalidSetup();
  return { sampleRateHz, channels, sizes: [2 ** short, 2 ** long] };
}

/** Throws `audio-undecodable`, and `audio-unsupported-codec` for floors of type 0. */
export function readSetup(packet: Uint8Array, channels: number): Setup {
  if (latin1(packet, 0, 7) !== "\x05vorbis")
    throw undecodable("The Vorbis stream has no setup header. Send an intact file.");
  const bits: BitReader = { bytes: packet, at: 56 };
  const books = list(bits, 8, () => readCodebook(bits));
  if (list(bits, 6, () => take(bits, 16)).some((transform) => transform !== 0)) throw invalidSetup();
  const floors = list(bits, 6, () => readFloor(bits, books));
  const residues = list(bits, 6, () => readResidue(bits, books));
  const mappings = list(bits, 6, () => readMapping(bits, channels, floors.length, residues.length));
  const modes = list(bits, 6, () => readMode(bits, mappings.length));
  if (!flag(bits) || isPast(bits)) throw invalidSetup();
  return { books, floors, residues, mappings, modes };
}

/** Reads a count less 1 of `width` bits, then so many items. Throws when the packet ends. */
function list<Item>(bits: BitReader, width: number, read: () => Item): Item[] {
  return Array.from({ length: take(bits, width) + 1 }, () => {
    if (isPast(bits)) throw invalidSetup();
    return read();
  });
}

/** 4.2.4.4. */
function readMapping(bits: BitReader, channels: number, floors: number, residues: number): Mapping {
  if (take(bits, 16) !== 0) throw invalidSetup();
  const count = flag(bits) ? take(bits, 4) + 1 : 1;
  const width = bitsOf(channels - 1);
  const coupling = Array.from({ length: flag(bits) ? take(bits, 8) + 1 : 0 }, () => ({
    magnitude: take(bits, width),
    angle: take(bits, width),
  }));
  const isPair = (one: (typeof coupling)[number]): boolean =>
    one.magnitude !== one.angle && Math.max(one.magnitude, one.angle) < channels;
  if (take(bits, 2) !== 0 || !coupling.every(isPair)) throw invalidSetup();
  const submapOf = Array.from({ length: channels }, () => (count > 1 ? take(bits, 4) : 0));
  const submaps = Array.from({ length: count }, () => {
    take(bits, 8);
    return { floor: take(bits, 8), residue: take(bits, 8) };
  });
  if (submapOf.some((one) => one >= count)) throw invalidSetup();
  if (submaps.some(({ floor, residue }) => floor >= floors || residue >= residues)) throw invalidSetup();
  return { coupling, submapOf, submaps };
}

/** 4.2.4.5. */
function readMode(bits: BitReader, mappings: number): { size: 0 | 1; mapping: number } {
  const size = flag(bits) ? 1 : 0;
  const [window, transform, mapping] = [take(bits, 16), take(bits, 16), take(bits, 8)];
  if (window !== 0 || transform !== 0 || mapping >= mappings) throw invalidSetup();
  return { size, mapping };
}
