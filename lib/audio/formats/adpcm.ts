/*
 * IMA and MS ADPCM as WAV files have it: 4 bits per sample, in blocks that decode independently.
 * Source: New Multimedia Data Types and Data Techniques 3.0 (Microsoft, 1994); IMA Digital Audio
 * Focus Group, Recommended Practices 3.00 (1992).
 */

/** Fills planes[channel][0, frames) from one block and returns `frames`. Samples are in [-1, 1). */
export type BlockDecoder = (block: Uint8Array, planes: readonly Float32Array[]) => number;

const FULL_SCALE = 32_768;
const clamp16 = (x: number): number => Math.max(-FULL_SCALE, Math.min(FULL_SCALE - 1, x));
const viewOf = (block: Uint8Array): DataView => new DataView(block.buffer, block.byteOffset, block.length);

const INDEX_STEPS = [-1, -1, -1, -1, 2, 4, 6, 8];
const STEP_SIZES = [
  7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97,
  107, 118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724,
  796, 876, 963, 1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660, 4026,
  4428, 4871, 5358, 5894, 6484, 7132, 7845, 8630, 9493, 10442, 11487, 12635, 13899, 15289, 16818, 18500,
  20350, 22385, 24623, 27086, 29794, 32767,
];

function imaChange(step: number, code: number): number {
  const change =
    (step >> 3) + (code & 4 ? step : 0) + (code & 2 ? step >> 1 : 0) + (code & 1 ? step >> 2 : 0);
  return code & 8 ? -change : change;
}

/** Each channel has its first sample in the head; then 8 samples of each channel alternate. */
export const decodeIma: BlockDecoder = (block, planes) => {
  const channels = planes.length;
  const view = viewOf(block);
  const groups = Math.floor((block.length - 4 * channels) / (4 * channels));
  for (const [channel, plane] of planes.entries()) {
    let sample = view.getInt16(4 * channel, true);
    let index = Math.min(88, block[4 * channel + 2]);
    plane[0] = sample / FULL_SCALE;
    for (let i = 0; i < groups * 8; i++) {
      const byte = block[4 * channels * (1 + (i >> 3)) + 4 * channel + ((i & 7) >> 1)];
      const code = i & 1 ? byte >> 4 : byte & 15;
      sample = clamp16(sample + imaChange(STEP_SIZES[index], code));
      index = Math.max(0, Math.min(88, index + INDEX_STEPS[code & 7]));
      plane[i + 1] = sample / FULL_SCALE;
    }
  }
  return 1 + groups * 8;
};

/** Bytes and samples of a packet of one channel, as CAF files have it. */
export const IMA4 = { bytes: 34, samples: 64 };

/**
 * Returns a decoder of Apple's variant: packets of 64 samples, one channel after the other. The
 * head has the step's index and the upper 9 bits of the sample before, which is known better from
 * the packet before unless they contradict. Source: QuickTime File Format, IMA 4:1.
 */
export function ima4Decoder(channels: number): BlockDecoder {
  const states = Array.from({ length: channels }, () => ({ sample: 0, index: 0 }));
  return (block, planes) => {
    const view = viewOf(block);
    for (const [channel, plane] of planes.entries()) {
      const at = channel * IMA4.bytes;
      const head = view.getInt16(at);
      let { sample, index } = states[channel];
      const stated = Math.min(88, head & 127);
      if (stated !== index || Math.abs((head & ~127) - sample) > 127) sample = head & ~127;
      index = stated;
      for (let i = 0; i < IMA4.samples; i++) {
        const byte = block[at + 2 + (i >> 1)];
        const code = i & 1 ? byte >> 4 : byte & 15;
        sample = clamp16(sample + imaChange(STEP_SIZES[index], code));
        index = Math.max(0, Math.min(88, index + INDEX_STEPS[code & 7]));
        plane[i] = sample / FULL_SCALE;
      }
      states[channel] = { sample, index };
    }
    return IMA4.samples;
  };
}

const WEIGHTS = [
  [256, 0],
  [512, -256],
  [0, 0],
  [192, 64],
  [240, 0],
  [460, -208],
  [392, -232],
];
/** By the unsigned code; in units of 1/256. */
const ADAPTATION = [230, 230, 230, 230, 307, 409, 512, 614, 768, 614, 512, 409, 307, 230, 230, 230];

/** Each channel has its first two samples in the head, the newer one first. */
export const decodeMs: BlockDecoder = (block, planes) => {
  const channels = planes.length;
  const view = viewOf(block);
  const state = planes.map((plane, channel) => {
    const at = (field: number) => view.getInt16(channels + 2 * (channels * field + channel), true);
    const [newer, older] = [at(1), at(2)];
    plane[0] = older / FULL_SCALE;
    plane[1] = newer / FULL_SCALE;
    return { weights: WEIGHTS[Math.min(6, block[channel])], delta: Math.max(16, at(0)), newer, older };
  });
  const codes = Math.floor(((block.length - 7 * channels) * 2) / channels) * channels;
  for (let i = 0; i < codes; i++) {
    const one = state[i % channels];
    const byte = block[7 * channels + (i >> 1)];
    const code = i & 1 ? byte & 15 : byte >> 4;
    const predicted = Math.trunc((one.newer * one.weights[0] + one.older * one.weights[1]) / 256);
    const sample = clamp16(predicted + (code >= 8 ? code - 16 : code) * one.delta);
    one.older = one.newer;
    one.newer = sample;
    one.delta = Math.max(16, Math.floor((one.delta * ADAPTATION[code]) / 256));
    planes[i % channels][2 + Math.floor(i / channels)] = sample / FULL_SCALE;
  }
  return 2 + codes / channels;
};
