import { createHash } from "node:crypto";
import { resample } from "../../lib/audio/features/resample.ts";

const RATE = 8000;
/**
 * Where a telephone's band is attenuated by half, Hz: about the 300 and 3400 of ITU-T G.712, varied
 * like real lines.
 */
const LOW_HZ = [150, 320];
const HIGH_HZ = [3300, 3700];
const PEAK = [0.1, 0.9];
/**
 * Line noise, dB below the voice. Without it a pause would be digital silence, which no line has.
 */
const NOISE_DB = [-45, -30];
/** Gives slopes of about 250 Hz on either side of an edge, like a real line. */
const TAPS = 65;

/**
 * Simulates a telephone call: adds line noise, limits the band, resamples to 8 kHz and compands by
 * mu-law or A-law (ITU-T G.711).
 *
 * samples  16 kHz, full scale at 1
 * call     name of the call; the same name gives the same noise, edges, level and law
 * returns  a WAV file
 */
export async function telephoneCall(samples: Float32Array, call: string): Promise<Uint8Array> {
  const [low, high, level, law, noise] = drawn(call);
  const embedded = withHiss(resample(samples, 2 * RATE, RATE), between(NOISE_DB, noise), call);
  const band = bandPass(embedded, between(LOW_HZ, low), between(HIGH_HZ, high));
  const peak = band.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-6);
  const scale = (between(PEAK, level) / peak) * 32767;
  const wavefile = await import("wavefile");
  const wav = new (wavefile.WaveFile ?? wavefile.default.WaveFile)();
  wav.fromScratch(
    1,
    RATE,
    "16",
    Int16Array.from(band, (x) => Math.round(x * scale)),
  );
  if (law < 0.5) wav.toMuLaw();
  else wav.toALaw();
  return wav.toBuffer();
}

/** Returns eight numbers in [0, 1), the same for the same name. */
function drawn(name: string): number[] {
  const digest = createHash("sha256").update(name).digest();
  return Array.from({ length: 8 }, (_, i) => digest.readUInt32BE(4 * i) / 2 ** 32);
}

const between = ([from, to]: readonly number[], part: number): number => from + part * (to - from);

/**
 * Returns white noise `db` below the power of the samples, seeded by the name (xorshift32:
 * Marsaglia 2003).
 */
function withHiss(samples: Float32Array, db: number, name: string): Float32Array {
  const power = samples.reduce((sum, x) => sum + x * x, 0) / Math.max(samples.length, 1);
  const peak = Math.sqrt(3 * power) * 10 ** (db / 20);
  let state = createHash("sha256").update(`hiss ${name}`).digest().readUInt32BE(0) | 1;
  return samples.map((x) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return x + peak * (state / 2 ** 31);
  });
}

/**
 * Applies a windowed sinc (Hann), linear phase with its delay removed, and with silence around the
 * clip.
 */
function bandPass(samples: Float32Array, lowHz: number, highHz: number): Float32Array {
  const half = (TAPS - 1) / 2;
  const taps = Float64Array.from({ length: TAPS }, (_, i) => {
    const hann = 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 1)) / (TAPS + 1));
    return hann * (lowPass(i - half, highHz) - lowPass(i - half, lowHz));
  });
  return Float32Array.from(samples, (_, at) => {
    const from = Math.max(0, half - at);
    const to = Math.min(TAPS, samples.length - at + half);
    let sum = 0;
    for (let k = from; k < to; k++) sum += taps[k] * samples[at + k - half];
    return sum;
  });
}

/** Returns the ideal low-pass filter's response at `n` samples from its middle. */
function lowPass(n: number, hertz: number): number {
  const cut = (2 * hertz) / RATE;
  return n === 0 ? cut : Math.sin(Math.PI * cut * n) / (Math.PI * n);
}
