import type { ByteSource } from "../byte-source.ts";
import { type Limits, undecodable } from "../limits.ts";
import type { Pcm } from "../types.ts";
import { type Decoder, putBack, OPUS_RATE_HZ as RATE_HZ, takeDecoder } from "./opus-decoders.ts";
import type { OpusHead } from "./opus-head.ts";
import { packetSamples } from "./opus-packet.ts";
import { CLOCK_HZ, openOgg, openTrack, type Stream } from "./opus-stream.ts";

const TICKS = CLOCK_HZ / RATE_HZ;
/** Packets that are decoded in one go. */
const BATCH = 64;
/**
 * Samples at 48 kHz before a sought time that are decoded: half a second. After 80 ms a decoder has
 * converged (RFC 7845, section 4.6); after half a second the difference is below -30 dB.
 */
const CONVERGENCE = 24_000;

/**
 * Decodes Ogg/Opus to 1 or 2 channels at 16 kHz. RFC 7845. The codec is libopus in WebAssembly
 * (opus-decoder).
 *
 * Drops the encoder's pre-skip, ends where the last page says, and applies the gain from the
 * header.
 *
 * libopus decodes straight to 16 kHz. That takes a third of the work and gives, sample for sample,
 * what libsndfile gives for files made from 16 kHz, on which the networks were trained. Log-mel
 * features computed by way of 48 kHz differ by less than 0.01 below 7 kHz.
 *
 * The length is checked before anything is decoded. Packets after the longest length are not even
 * split.
 */
export async function decodeOpus(file: ByteSource, limits: Limits): Promise<Pcm> {
  const { head, stream } = openOgg(file, limits);
  return decodeStream(head, stream);
}

/** Decodes the packets of a track in another container. The arguments are those of `openTrack`. */
export async function decodeOpusTrack(
  header: Uint8Array,
  packets: Iterable<Uint8Array>,
  limits: Limits,
): Promise<Pcm> {
  const { head, stream } = openTrack(header, packets, limits);
  return decodeStream(head, stream);
}

export const opusTrackSeconds = (header: Uint8Array, packets: Iterable<Uint8Array>, limits: Limits): number =>
  openTrack(header, packets, limits).stream.keep / CLOCK_HZ;

async function decodeStream(head: OpusHead, stream: Stream): Promise<Pcm> {
  const decoder = await takeDecoder(head.channels);
  return {
    sampleRateHz: RATE_HZ,
    channels: head.channels,
    blocks: decodePackets(decoder, stream, head, 0),
    blocksFrom: (frame) => decodePackets(decoder, stream, head, frame),
  };
}

export const opusSeconds = (file: ByteSource, limits: Limits): number =>
  openOgg(file, limits).stream.keep / CLOCK_HZ;

/**
 * Puts the decoder back at the end, but frees it after a damaged packet. Of one decoder, only one
 * iterator can be used.
 *
 * first  the first frame to return. Packets before it aren't decoded, except those that the decoder
 *        needs to converge
 */
function* decodePackets(
  decoder: Decoder,
  { packets, skip, keep }: Stream,
  { channels, gain }: OpusHead,
  first: number,
): Generator<Float32Array[]> {
  const start = Math.round(skip / TICKS);
  const [from, to] = [start + first, start + Math.round(keep / TICKS)];
  const before = first === 0 ? 0 : skip + first * TICKS - CONVERGENCE;
  let damaged = false;
  try {
    let decoded = 0;
    const later = laterPackets(packets, before, (samples) => {
      decoded += samples / TICKS;
    });
    for (const batch of batches(later)) {
      const { channelData, samplesDecoded, errors } = decoder.decodeFrames(batch);
      damaged = errors.length > 0;
      if (damaged) throw undecodable("A packet of the Opus stream can't be decoded. Send an intact file.");
      const planes = channelData.map((plane) =>
        plane.subarray(Math.max(0, from - decoded), Math.max(0, to - decoded)),
      );
      decoded += samplesDecoded;
      yield planes.map((plane) => amplify(plane, gain));
    }
  } finally {
    if (damaged) decoder.free();
    else putBack(decoder, channels);
  }
}

/** Skips the packets of the first `samples`, and reports how many each of them has. */
function* laterPackets(
  packets: Iterable<Uint8Array>,
  samples: number,
  onSkipped: (samples: number) => void,
): Generator<Uint8Array> {
  let at = 0;
  for (const packet of packets) {
    if (at < samples) {
      const own = packetSamples(packet) ?? 0;
      at += own;
      if (at <= samples) {
        onSkipped(own);
        continue;
      }
    }
    yield packet;
  }
}

function* batches(packets: Iterable<Uint8Array>): Generator<Uint8Array[]> {
  let batch: Uint8Array[] = [];
  for (const packet of packets) {
    batch.push(packet);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function amplify(plane: Float32Array, gain: number): Float32Array {
  return gain === 1 ? plane : plane.map((x) => x * gain);
}
