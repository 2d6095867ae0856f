/** Copies of a recording, as somebody who replays it would send them. Needs ffmpeg with libopus. */
import { spawn } from "node:child_process";
import { telephoneCall } from "../models/build/telephone.ts";
import { wavOf } from "../models/build/wav.ts";

const RATE = 16_000;
/** Seconds of a room's impulse response that are used. */
const ROOM_SECONDS = 0.3;

/** What a copy is made with. name: seeds every choice */
export type Source = { name: string; samples: Float32Array; noise: Float32Array; room: Float32Array };
/** Returns an audio file. */
type Copy = (source: Source) => Promise<Uint8Array>;

export const COPIES: Readonly<Record<string, Copy>> = {
  "12 dB quieter": async ({ samples }) => wavOf(samples.map((x) => x / 4)),
  "both ends trimmed": async (source) => wavOf(trimmed(source)),
  "silence in front": async ({ samples, name }) => wavOf(delayed(samples, 0.2 + drawn(name))),
  "noise, 10 dB": async ({ samples, noise }) => wavOf(noisy(samples, noise, 10)),
  "noise, 5 dB": async ({ samples, noise }) => wavOf(noisy(samples, noise, 5)),
  "telephone, G.711": ({ samples, name }) => telephoneCall(samples, name),
  "Opus, 16 kbit/s": ({ samples }) => opus(samples, 16, RATE),
  "Opus, 8 kbit/s, 8 kHz": ({ samples }) => opus(samples, 8, RATE / 2),
  "MP3, 24 kbit/s": ({ samples }) => mp3(samples, 24),
  "played in a room": async ({ samples, room }) => wavOf(convolved(samples, room)),
  "trimmed, noise 15 dB, Opus 12 kbit/s at 8 kHz": (source) =>
    opus(noisy(trimmed(source), source.noise, 15), 12, RATE / 2),
  "delayed, trimmed, noise 10 dB, Opus 8 kbit/s at 8 kHz": ({ samples, ...source }) =>
    opus(noisy(trimmed({ ...source, samples: delayed(samples, 0.5) }), source.noise, 10), 8, RATE / 2),
};

/** Drops 10 to 30 % at the beginning and 10 to 25 % at the end. */
function trimmed({ name, samples }: Pick<Source, "name" | "samples">): Float32Array {
  const from = Math.floor((0.1 + 0.2 * drawn(`${name} from`)) * samples.length);
  const to = Math.floor((0.9 - 0.15 * drawn(`${name} to`)) * samples.length);
  return samples.slice(from, to);
}

function delayed(samples: Float32Array, seconds: number): Float32Array {
  const at = Math.round(seconds * RATE);
  const later = new Float32Array(at + samples.length);
  later.set(samples, at);
  return later;
}

/** Adds noise at this signal-to-noise ratio over the whole clip, in dB. */
export function noisy(samples: Float32Array, noise: Float32Array, snrDb: number): Float32Array {
  const added = samples.map((_, i) => noise[i % noise.length]);
  const gain = Math.sqrt(energy(samples) / Math.max(energy(added), 1e-9) / 10 ** (snrDb / 10));
  return samples.map((x, i) => Math.max(-1, Math.min(1, x + gain * added[i])));
}

const energy = (samples: Float32Array): number => samples.reduce((sum, x) => sum + x * x, 0);

export function convolved(samples: Float32Array, room: Float32Array): Float32Array {
  const taps = room.subarray(0, ROOM_SECONDS * RATE);
  const heard = new Float32Array(samples.length + taps.length);
  for (let k = 0; k < taps.length; k++) {
    if (Math.abs(taps[k]) < 1e-4) continue;
    for (let i = 0; i < samples.length; i++) heard[i + k] += taps[k] * samples[i];
  }
  const gain = Math.sqrt(energy(samples) / Math.max(energy(heard), 1e-9));
  return heard.map((x) => Math.max(-1, Math.min(1, gain * x)));
}

export const opus = (samples: Float32Array, kbps: number, rateHz: number): Promise<Uint8Array> =>
  ffmpeg(wavOf(samples), ["-ar", `${rateHz}`, "-c:a", "libopus", "-b:a", `${kbps}k`, "-f", "ogg"]);

export async function mp3(samples: Float32Array, kbps: number): Promise<Uint8Array> {
  const coded = await ffmpeg(wavOf(samples), ["-c:a", "libmp3lame", "-b:a", `${kbps}k`, "-f", "mp3"]);
  return wavOf(await decoded(coded));
}

/** Raw samples, because ffmpeg writes no length into the header of a piped WAV file. */
async function decoded(file: Uint8Array): Promise<Float32Array> {
  const raw = await ffmpeg(file, ["-ac", "1", "-ar", `${RATE}`, "-f", "f32le"]);
  return new Float32Array(raw.slice().buffer);
}

export function ffmpeg(input: Uint8Array, options: readonly string[]): Promise<Uint8Array> {
  const child = spawn("ffmpeg", ["-v", "error", "-i", "pipe:0", ...options, "pipe:1"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const parts: Buffer[] = [];
  child.stdout.on("data", (part: Buffer) => parts.push(part));
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve(new Uint8Array(Buffer.concat(parts))) : reject(new Error(`ffmpeg: ${code}`)),
    );
  });
}

/** A number in [0, 1) from the text: 32-bit FNV-1a. */
export function drawn(text: string): number {
  let hash = 0x811c9dc5;
  for (const letter of text) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0;
  return hash / 2 ** 32;
}
