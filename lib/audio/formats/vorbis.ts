import type { ByteSource } from "../byte-source.ts";
import { checkDuration, type Limits, undecodable } from "../limits.ts";
import type { Pcm } from "../types.ts";
import { latin1 } from "./bytes.ts";
import { readOgg } from "./ogg.ts";
import { blockSize, vorbisDecoder } from "./vorbis/decoder.ts";
import { type Identification, readIdentification, readSetup, type Setup } from "./vorbis/setup.ts";

/**
 * An opened stream.
 *
 * packets  of audio, which can be iterated several times
 * keep     samples per channel that count
 */
type Stream = { head: Identification; setup: Setup; packets: Iterable<Uint8Array>; keep: number };

/**
 * Decodes Ogg/Vorbis at its own rate. Vorbis I specification and RFC 3533.
 *
 * The length follows from the first byte of each packet and from the last page, so a clip that is
 * too long costs no decoding.
 *
 * We decode Vorbis ourselves because the packages on npm contain an LGPL parser that isn't in a
 * separate WebAssembly file.
 */
export async function decodeOggVorbis(file: ByteSource, limits: Limits): Promise<Pcm> {
  return vorbisPcm(openOgg(file, limits));
}

export function oggVorbisSeconds(file: ByteSource, limits: Limits): number {
  const { head, keep } = openOgg(file, limits);
  return keep / head.sampleRateHz;
}

/**
 * Decodes the packets of a track in another container, where they have no stated end.
 *
 * headers  the identification, comment and setup headers, as Matroska's CodecPrivate has them
 */
export const decodeVorbisTrack = (headers: Uint8Array, packets: Iterable<Uint8Array>, limits: Limits): Pcm =>
  vorbisPcm(openTrack(headers, packets, limits));

export function vorbisTrackSeconds(
  headers: Uint8Array,
  packets: Iterable<Uint8Array>,
  limits: Limits,
): number {
  const { head, keep } = openTrack(headers, packets, limits);
  return keep / head.sampleRateHz;
}

function vorbisPcm({ head, setup, packets, keep }: Stream): Pcm {
  function* blocks(): Generator<Float32Array[]> {
    const decode = vorbisDecoder(head, setup);
    let left = keep;
    for (const packet of packets) {
      if (left === 0) return;
      const planes = decode(packet).map((plane) => plane.subarray(0, left));
      if (planes[0].length > 0) yield planes;
      left -= planes[0].length;
    }
  }
  return { sampleRateHz: head.sampleRateHz, channels: head.channels, blocks: blocks() };
}

/** The stream's first three packets are headers. */
function openOgg(file: ByteSource, limits: Limits): Stream {
  const headers: Uint8Array[] = [];
  let head: Identification | undefined;
  let setup: Setup | undefined;
  let counter: ReturnType<typeof sampleCounter> | undefined;
  let start: number | undefined;
  let last = 0;
  for (const page of readOgg(file, limits)) {
    // One packet beyond the limit is enough to see that the stream is longer.
    const packets = isBeyond(counter?.total ?? 0, head, limits) ? [] : page.packets();
    for (const packet of packets) {
      if (headers.length < 3) headers.push(packet);
      else counter?.add(packet);
    }
    if (headers.length === 3 && !counter) {
      head = readIdentification(headers[0]);
      setup = readSetup(headers[2], head.channels);
      counter = sampleCounter(head, setup);
    }
    if (page.granule === undefined) continue;
    last = page.granule;
    // A stream cut from a broadcast starts late: by the time of its first page, less that page's
    // own samples. Pages of headers have time 0.
    if (last > 0) start ??= Math.max(0, last - (counter?.total ?? 0));
  }
  if (!head || !setup || !counter)
    throw undecodable("The Vorbis stream needs three headers before its sound. Send an intact file.");
  const keep = Math.max(0, Math.min(counter.total, last - (start ?? 0)));
  checkDuration(keep, head.sampleRateHz, head.channels, limits);
  return { head, setup, packets: { [Symbol.iterator]: () => audioPackets(file, limits) }, keep };
}

/** Whether there is no need to count further, to see that a stream is too long. */
const isBeyond = (total: number, head: Identification | undefined, { maxSeconds }: Limits): boolean =>
  head !== undefined && total > maxSeconds * head.sampleRateHz;

function* audioPackets(file: ByteSource, limits: Limits): Generator<Uint8Array> {
  let headers = 3;
  for (const page of readOgg(file, limits, false))
    for (const packet of page.packets()) if (headers-- <= 0) yield packet;
}

/** Counts samples per channel: a quarter of each block, and a quarter of the one before it. */
function sampleCounter({ sizes }: Identification, setup: Setup) {
  let total = 0;
  let before: number | undefined;
  return {
    add(packet: Uint8Array): void {
      const now = blockSize(packet, setup);
      if (now === undefined) return;
      if (before !== undefined) total += (before + sizes[now]) / 4;
      before = sizes[now];
    },
    get total(): number {
      return total;
    },
  };
}

function openTrack(headers: Uint8Array, packets: Iterable<Uint8Array>, limits: Limits): Stream {
  const [first, , third] = unlaced(headers);
  const head = readIdentification(first);
  const setup = readSetup(third, head.channels);
  const counter = sampleCounter(head, setup);
  for (const packet of packets) {
    if (isBeyond(counter.total, head, limits)) break;
    counter.add(packet);
  }
  checkDuration(counter.total, head.sampleRateHz, head.channels, limits);
  return { head, setup, packets, keep: counter.total };
}

/** Splits three headers: their number less 1, the sizes of the first two in bytes of 255. */
function unlaced(bytes: Uint8Array): [Uint8Array, Uint8Array, Uint8Array] {
  if (bytes[0] !== 2) throw undecodable("The Vorbis track has no headers. Send an intact file.");
  let at = 1;
  const size = (): number => {
    let total = 0;
    while (bytes[at] === 255) total += bytes[at++];
    return total + (bytes[at++] ?? 0);
  };
  const [first, second] = [size(), size()];
  const [one, two] = [at + first, at + first + second];
  return [bytes.subarray(at, one), bytes.subarray(one, two), bytes.subarray(two)];
}

/** Whether an Ogg file's first packet starts a Vorbis stream. */
export function isVorbis(file: ByteSource): boolean {
  const head = file.read(0, 27 + 255 + 7);
  const body = 27 + (head[26] ?? 0);
  return latin1(head, body, body + 7) === "\x01vorbis";
}
