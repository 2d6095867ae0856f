/** Ways in which a clip arrives worse than it was recorded. Needs ffmpeg with libopus. */
import { randomOf } from "../../models/build/random.ts";
import { telephoneCall } from "../../models/build/telephone.ts";
import { wavOf } from "../../models/build/wav.ts";
import { convolved, drawn, ffmpeg, mp3, noisy, opus } from "../copies.ts";

const RATE = 16_000;
const PACKET = RATE / 50;
const LOST_SHARE = 0.1;
const CUT_SECONDS = 2;
/** Level of a room's reflections together, relative to the direct sound. */
const REFLECTED = 0.6;

/** name: seeds every choice. noise: a recording without speech */
export type Source = { name: string; samples: Float32Array; noise: Float32Array };

/** Each returns an audio file. */
export const DEGRADATIONS: Readonly<Record<string, (source: Source) => Promise<Uint8Array>>> = {
  "telephone, G.711": ({ samples, name }) => telephoneCall(samples, name),
  "Opus, 8 kbit/s": ({ samples }) => opus(samples, 8, RATE / 2),
  "MP3, 32 kbit/s": ({ samples }) => mp3(samples, 32),
  "band of AMR": ({ samples }) => narrow(samples),
  "small room, 0.2 s": async (source) => wavOf(inRoom(source, 0.2)),
  "small room, 0.3 s": async (source) => wavOf(inRoom(source, 0.3)),
  "small room, 0.4 s": async (source) => wavOf(inRoom(source, 0.4)),
  "noise, 10 dB": async ({ samples, noise }) => wavOf(noisy(samples, noise, 10)),
  "noise, 5 dB": async ({ samples, noise }) => wavOf(noisy(samples, noise, 5)),
  "10 % of packets lost": async (source) => wavOf(withLoss(source)),
  "2 s": async (source) => wavOf(cut(source)),
};

/** 200 to 3,400 Hz at 8 kHz, without a codec. */
const narrow = (samples: Float32Array): Promise<Uint8Array> =>
  ffmpeg(wavOf(samples), ["-af", "highpass=200,lowpass=3400", "-ar", "8000", "-f", "flac"]);

/**
 * Direct sound and exponentially decaying noise: Polack 1988. seconds: until the reflections are
 * 60 dB lower
 */
function inRoom({ name, samples }: Source, seconds: number): Float32Array {
  const random = randomOf(`${name} ${seconds}`);
  const taps = Float32Array.from({ length: seconds * RATE }, (_, i) =>
    i < RATE / 500 ? 0 : random.between(-1, 1) * 10 ** ((-3 * i) / (seconds * RATE)),
  );
  const energy = taps.reduce((sum, x) => sum + x * x, 0);
  return convolved(
    samples,
    taps.map((x, i) => (i === 0 ? 1 : (x * REFLECTED) / Math.sqrt(energy))),
  );
}

/** Lost packets of 20 ms are silent. */
function withLoss({ name, samples }: Source): Float32Array {
  const heard = samples.slice();
  for (let at = 0; at < heard.length; at += PACKET)
    if (drawn(`${name} ${at}`) < LOST_SHARE) heard.fill(0, at, at + PACKET);
  return heard;
}

/** The loudest two seconds. */
function cut({ samples }: Source): Float32Array {
  const length = CUT_SECONDS * RATE;
  const energies = [0];
  for (const [i, x] of samples.entries()) energies.push(energies[i] + x * x);
  let best = 0;
  for (let at = 0; at + length <= samples.length; at += PACKET)
    if (energies[at + length] - energies[at] > energies[best + length] - energies[best]) best = at;
  return samples.slice(best, best + length);
}
