import type { OpusDecoder } from "opus-decoder";

export const OPUS_RATE_HZ = 16_000;

export type Decoder = OpusDecoder<typeof OPUS_RATE_HZ>;

/**
 * The parts of opus-decoder's object by which its `_init` makes the state of libopus. They are not
 * in its types, so a test decodes with renewed decoders ("decodes to the same bits twice").
 */
type Internal = {
  _common: {
    wasm: {
      opus_frame_decoder_create(...settings: number[]): number;
      opus_frame_decoder_destroy(state: number): void;
      free(address: number): void;
    };
    allocateTypedArray(
      length: number,
      type: Uint8ArrayConstructor,
      freeLater: boolean,
    ): { ptr: number; buf: Uint8Array };
  };
  _decoder: number;
  _sampleRate: number;
  _channels: number;
  _streamCount: number;
  _coupledStreamCount: number;
  _channelMappingTable: number[];
  _preSkip: number;
  _forceStereo: number;
};

/**
 * libopus keeps some kilobytes of each state that is replaced. After 1,267 clips with one channel
 * its memory of 16 MB was full, and it decoded noise without an error.
 */
const MOST_RENEWALS = 200;
const renewals = new WeakMap<Decoder, number>();

/** By the number of channels: a decoder of this thread that has decoded nothing. */
const fresh = new Map<number, Decoder>();

/**
 * Returns a decoder that has decoded nothing. Pass it to `putBack` after the clip.
 *
 * A new decoder for each clip takes a new memory of 16 MB, which cost several times as much as
 * decoding 3 s.
 */
export async function takeDecoder(channels: number): Promise<Decoder> {
  const waiting = fresh.get(channels);
  fresh.delete(channels);
  if (waiting) return waiting;
  const { OpusDecoder } = await import("opus-decoder");
  const decoder = new OpusDecoder({ channels, sampleRate: OPUS_RATE_HZ });
  await decoder.ready;
  return decoder;
}

/** Keeps a decoder for the next clip, with a new state. Don't use it afterwards. */
export function putBack(decoder: Decoder, channels: number): void {
  const renewed = (renewals.get(decoder) ?? 0) + 1;
  if (fresh.has(channels) || renewed > MOST_RENEWALS) decoder.free();
  else {
    renew(decoder as unknown as Internal);
    renewals.set(decoder, renewed);
    fresh.set(channels, decoder);
  }
}

/** Replaces the state of libopus, so that nothing of a clip is left for the next one. */
function renew(decoder: Internal): void {
  const { wasm } = decoder._common;
  wasm.opus_frame_decoder_destroy(decoder._decoder);
  wasm.free(decoder._decoder);
  const mapping = decoder._common.allocateTypedArray(decoder._channels, Uint8Array, false);
  mapping.buf.set(decoder._channelMappingTable);
  decoder._decoder = wasm.opus_frame_decoder_create(
    ...[decoder._sampleRate, decoder._channels, decoder._streamCount, decoder._coupledStreamCount],
    ...[mapping.ptr, decoder._preSkip, decoder._forceStereo],
  );
  wasm.free(mapping.ptr);
}
