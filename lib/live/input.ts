import { streamResampler } from "../audio/features/resample.ts";
import { OPUS_RATE_HZ, putBack, takeDecoder } from "../audio/formats/opus-decoders.ts";
import { packetSamples } from "../audio/formats/opus-packet.ts";
import { to16Bits } from "../audio/read-samples.ts";

export const LIVE_FORMATS = ["pcm16", "opus"] as const;
export type LiveFormat = (typeof LIVE_FORMATS)[number];

/** opus-decoder has room for this many bytes of a packet with one channel. */
const MOST_PACKET_BYTES = 3840;

export type LiveInput = {
  /**
   * Takes the bytes of one message and returns the new samples: 16 kHz mono, full scale at 1,
   * rounded to 16 bits as `readSamples` does. Throws RangeError for bytes that aren't audio.
   */
  push(bytes: Uint8Array): Float32Array;
  /** Call it once, after the last `push`. */
  close(): void;
};

/**
 * Returns what decodes the audio of a stream.
 *
 * pcm16   mono samples of 16 bits, little-endian, at `sampleRateHz` (8-48 kHz). A message may end
 *         within a sample
 * opus    each message is one packet (RFC 6716) without a container
 */
export const liveInput = async (format: LiveFormat, sampleRateHz: number): Promise<LiveInput> =>
  format === "opus" ? await opusInput() : pcmInput(sampleRateHz);

function pcmInput(sampleRateHz: number): LiveInput {
  let output: Float32Array[] = [];
  let odd = new Uint8Array(0);
  const resampler = streamResampler(sampleRateHz, OPUS_RATE_HZ, (samples) => output.push(samples.slice()));
  return {
    push(bytes) {
      const all = odd.length > 0 ? concatBytes(odd, bytes) : bytes;
      const samples = new Float32Array(Math.floor(all.length / 2));
      const view = new DataView(all.buffer, all.byteOffset, all.length);
      for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(2 * i, true) / 32_768;
      odd = all.slice(2 * samples.length);
      output = [];
      resampler.push(samples);
      resampler.flush();
      return to16Bits(joinSamples(output));
    },
    close: () => undefined,
  };
}

async function opusInput(): Promise<LiveInput> {
  const decoder = await takeDecoder(1);
  let damaged = false;
  return {
    push(packet) {
      if (packetSamples(packet) === undefined || packet.length > MOST_PACKET_BYTES)
        throw new RangeError("the message isn't an Opus packet");
      const { channelData, errors } = decoder.decodeFrames([packet]);
      damaged ||= errors.length > 0;
      if (errors.length > 0) throw new RangeError("the Opus packet can't be decoded");
      return to16Bits(joinSamples(channelData));
    },
    close() {
      if (damaged) decoder.free();
      else putBack(decoder, 1);
    },
  };
}

/** Returns a new array with all samples, one after the other. */
export function joinSamples(pieces: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

function concatBytes(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
