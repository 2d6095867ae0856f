import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import FFT from "fft.js";
import { clipSeconds } from "../../../lib/audio/formats/decode.ts";
import { CLIP } from "../../../lib/audio/limits.ts";
import { readSamples } from "../../../lib/audio/read-samples.ts";

const RATE = 16_000;
/** What comes this long after the direct sound is far below it in all but halls. */
const RESPONSE_SECONDS = 1;
/** The response starts a little before its peak, which is the direct sound. */
const LEAD = 40;

/** Background noises and impulse responses of rooms. They are read when they are first needed. */
export type Sounds = { noises: readonly Sound[]; rooms: readonly Sound[] };
/** 16 kHz mono. */
type Sound = () => Promise<Float32Array>;

/** Lists the sounds of a speech folder (augment/noise, augment/rir), in order of their names. */
export async function listSounds(speech: string): Promise<Sounds> {
  const folder = async (name: string, change: (samples: Float32Array) => Float32Array) => {
    const files = (await readdir(join(speech, "augment", name))).sort();
    const sounds = files.map(async (file) => {
      const path = join(speech, "augment", name, file);
      // Some noises are longer than a clip may be.
      const seconds = await clipSeconds({ bytes: await readFile(path) }).catch(() => Infinity);
      return seconds <= CLIP.maxSeconds ? [readOnce(path, change)] : [];
    });
    return (await Promise.all(sounds)).flat();
  };
  return { noises: await folder("noise", (samples) => samples), rooms: await folder("rir", trimmed) };
}

function readOnce(path: string, change: (samples: Float32Array) => Float32Array): Sound {
  let read: Promise<Float32Array> | undefined;
  return () => {
    read ??= readFile(path).then(async (bytes) => change((await readSamples({ bytes })).samples));
    return read;
  };
}

function trimmed(response: Float32Array): Float32Array {
  const peak = response.reduce((most, x, i) => (Math.abs(x) > Math.abs(response[most]) ? i : most), 0);
  return response.slice(Math.max(0, peak - LEAD), peak + RESPONSE_SECONDS * RATE);
}

/** Convolves speech with a room's impulse response; the level stays. */
export function inRoom(samples: Float32Array, response: Float32Array): Float32Array {
  const size = 2 ** Math.ceil(Math.log2(samples.length + response.length));
  const fft = new FFT(size);
  const spectrumOf = (signal: Float32Array) => {
    const [input, spectrum] = [fft.createComplexArray(), fft.createComplexArray()];
    for (let i = 0; i < input.length; i++) input[i] = i % 2 === 0 ? (signal[i / 2] ?? 0) : 0;
    fft.transform(spectrum, input);
    return spectrum;
  };
  const [a, b] = [spectrumOf(samples), spectrumOf(response)];
  const product = fft.createComplexArray();
  for (let i = 0; i < product.length; i += 2) {
    product[i] = a[i] * b[i] - a[i + 1] * b[i + 1];
    product[i + 1] = a[i] * b[i + 1] + a[i + 1] * b[i];
  }
  const output = fft.createComplexArray();
  fft.inverseTransform(output, product);
  const heard = samples.map((_, i) => output[2 * i]);
  const gain = rms(samples) / rms(heard);
  return heard.map((x) => x * gain);
}

/**
 * Adds noise `db` below the speech.
 *
 * from  where in the noise to start, 0..1; a short noise is repeated
 */
export function withNoise(
  samples: Float32Array,
  noise: Float32Array,
  db: number,
  from: number,
): Float32Array {
  const start = Math.floor(from * noise.length);
  const gain = (rms(samples) / rms(noise)) * 10 ** (-db / 20);
  return samples.map((x, i) => x + gain * noise[(start + i) % noise.length]);
}

/** Never 0, so that it can be divided by. */
export const rms = (samples: Float32Array): number =>
  Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length) + 1e-9;
