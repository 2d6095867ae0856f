import { decode } from "./formats/decode.ts";
import { toMono16k } from "./mono.ts";
import type { ClipInput } from "./types.ts";

/**
 * Decodes a clip, picks its channel and resamples it: the input of the networks.
 *
 * samples       16 kHz mono, full scale at 1, at most 120 s, rounded to 16 bits; may be empty
 * sourceRateHz  rate of the decoded audio; always 16000 for Opus
 *
 * Throws the errors of `decode` and `toMono16k`.
 */
export async function readSamples(clip: ClipInput): Promise<{ samples: Float32Array; sourceRateHz: number }> {
  const pcm = await decode(clip);
  return { samples: to16Bits(toMono16k(pcm, clip.channel)), sourceRateHz: pcm.sampleRateHz };
}

const FULL_SCALE = 2 ** 15;

/**
 * The networks were trained on 16-bit audio. Finer samples differ from it where there is no sound:
 * above 4 kHz of a telephone clip the log-mel would fall from rounding noise to the floor. EER on
 * such clips would be 7.3 % instead of 5.1 %. Rounds in place.
 */
export function to16Bits(samples: Float32Array): Float32Array {
  for (let i = 0; i < samples.length; i++) samples[i] = Math.round(samples[i] * FULL_SCALE) / FULL_SCALE;
  return samples;
}
