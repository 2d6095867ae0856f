import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import FFT from "fft.js";
import { resample } from "../../lib/audio/features/resample.ts";
import { readSamples } from "../../lib/audio/read-samples.ts";
import type { Random } from "./random.ts";
import { telephoneCall } from "./telephone.ts";

export const CONDITIONS = ["as recorded", "room", "telephone", "noise 10 dB"] as const;
export type Condition = (typeof CONDITIONS)[number];
export type Sounds = { noises: readonly Float32Array[]; rooms: readonly Float32Array[] };

/** No recording is digitally silent between the words. */
const RATE = 16_000;
const QUIET_DB = 35;
const NOISE_DB = 10;
const FFT_SIZE = 32_768;

/** The conversation as a microphone or a telephone line would record it, 16 kHz mono. */
export async function recorded(
  samples: Float32Array,
  condition: Condition,
  { noises, rooms }: Sounds,
  random: Random,
): Promise<Float32Array> {
  const noise = random.pick(noises);
  if (condition === "room") return noisy(inRoom(samples, random.pick(rooms)), noise, QUIET_DB);
  if (condition === "noise 10 dB") return noisy(samples, noise, NOISE_DB);
  const quiet = noisy(samples, noise, QUIET_DB);
  if (condition !== "telephone") return quiet;
  return received(await telephoneCall(quiet, `call ${random.between(0, 1)}`), samples.length);
}

/** The call's samples at 16 kHz. A conversation is longer than the clips that readSamples takes. */
async function received(call: Uint8Array, length: number): Promise<Float32Array> {
  const wavefile = await import("wavefile");
  const wav = new (wavefile.WaveFile ?? wavefile.default.WaveFile)(call);
  if (wav.bitDepth === "8a") wav.fromALaw();
  else wav.fromMuLaw();
  const coded = Float32Array.from(
    wav.getSamples(false, Int16Array) as unknown as Int16Array,
    (x) => x / 2 ** 15,
  );
  return resample(coded, RATE / 2, RATE).slice(0, length);
}

/** Reads the noises and impulse responses of a speech folder. */
export async function readSounds(speech: string): Promise<Sounds> {
  const folder = async (name: string) => {
    const files = await readdir(join(speech, "augment", name));
    const paths = files.sort().map((file) => join(speech, "augment", name, file));
    // Some of the noises are longer than a clip may be.
    return (await Promise.all(paths.map((path) => soundOf(path).catch(() => undefined)))).filter(
      (one) => !!one,
    );
  };
  return { noises: await folder("noise"), rooms: await folder("rir") };
}

export const soundOf = async (path: string): Promise<Float32Array> =>
  (await readSamples({ bytes: await readFile(path) })).samples;

/** Adds noise at this signal-to-noise ratio over the whole recording, in dB. */
export function noisy(samples: Float32Array, noise: Float32Array, snrDb: number): Float32Array {
  const added = samples.map((_, i) => noise[i % noise.length]);
  const gain = Math.sqrt(energyOf(samples) / Math.max(energyOf(added), 1e-9) / 10 ** (snrDb / 10));
  return samples.map((x, i) => Math.max(-1, Math.min(1, x + gain * added[i])));
}

const energyOf = (samples: Float32Array): number => samples.reduce((sum, x) => sum + x * x, 0);

/**
 * Convolves with the first second of an impulse response, from its peak on, so that the voices keep
 * their times. Overlap-add: Oppenheim and Schafer, section 8.7.
 */
function inRoom(samples: Float32Array, response: Float32Array): Float32Array {
  const peak = response.reduce((best, x, i) => (Math.abs(x) > Math.abs(response[best]) ? i : best), 0);
  const taps = response.subarray(peak, peak + FFT_SIZE / 2);
  const fft = new FFT(FFT_SIZE);
  const spectrum = (signal: Float32Array) => {
    const input = new Array<number>(FFT_SIZE).fill(0);
    for (let i = 0; i < signal.length; i++) input[i] = signal[i];
    const output = fft.createComplexArray();
    fft.realTransform(output, input);
    fft.completeSpectrum(output);
    return output;
  };
  const room = spectrum(taps);
  const block = FFT_SIZE - taps.length;
  const heard = new Float32Array(samples.length);
  const back = fft.createComplexArray();
  for (let at = 0; at < samples.length; at += block) {
    const voice = spectrum(samples.subarray(at, at + block));
    for (let k = 0; k < voice.length; k += 2) {
      const [re, im] = [voice[k], voice[k + 1]];
      voice[k] = re * room[k] - im * room[k + 1];
      voice[k + 1] = re * room[k + 1] + im * room[k];
    }
    fft.inverseTransform(back, voice);
    for (let i = 0; i < FFT_SIZE && at + i < heard.length; i++) heard[at + i] += back[2 * i];
  }
  const gain = Math.sqrt(energyOf(samples) / Math.max(energyOf(heard), 1e-9));
  return heard.map((x) => gain * x);
}
