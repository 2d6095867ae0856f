import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Bundle, openBundle } from "../../lib/adapters/model/bundle.ts";
import { BUNDLED_MODEL } from "../../lib/adapters/model/bundled-model.ts";
import { loadModel } from "../../lib/adapters/model/load.ts";
import { fbank } from "../../lib/audio/features/fbank.ts";
import { readSamples } from "../../lib/audio/read-samples.ts";
import { compare } from "../../lib/domain/decision/compare.ts";
import { openTestServices, type TestServices } from "../support/services.ts";
import { speechFolder } from "../support/speech.ts";
import { wav } from "../support/wav.ts";

/** What counts as speech depends on the sound within a few seconds, not on the rest of the clip. */
const RATE = 16_000;
const samplesFolder = join(import.meta.dirname, "../../samples");
const dev = speechFolder();
const shipped = ["awb/1", "slt/2", "rms/1", "kal/1"].map((name) => join(samplesFolder, `${name}.wav`));
const real = [
  "so762/so762-0002/006",
  "so762/so762-0055/008",
  "alnum/alnum-0028/002-Numbers",
  "hyke/hyke-0019/002-3",
];
const clips = [...shipped, ...(dev ? real.map((name) => join(dev, "dev", `${name}.opus`)) : [])];

let bundle: Bundle;
let services: TestServices;
beforeAll(async () => {
  if (!dev) console.log("There is no real speech (../shared/speech), so only synthetic voices are tested.");
  bundle = await openBundle({ workers: 0 });
  services = await openTestServices({ bundle });
});
afterAll(() => services.close());

type Sound = Float32Array<ArrayBuffer>;

const silence = (seconds: number): Sound => new Float32Array(Math.round(seconds * RATE));
const joined = (...parts: Sound[]): Sound => Float32Array.from(parts.flatMap((part) => [...part]));
const louder = (x: Sound, gain: number): Sound => x.map((y) => y * gain);
const toPeak = (x: Sound, peak: number): Sound =>
  louder(x, peak / x.reduce((m, y) => Math.max(m, Math.abs(y)), 0));

/** Plucked notes with harmonics over a bass, as hold music has. */
function music(seconds: number): Sound {
  const notes = [262, 330, 392, 523, 440, 349, 294, 392];
  return silence(seconds).map((_, i) => {
    const t = i / RATE;
    const note = Math.floor(t / 0.5) % notes.length;
    const sine = (hertz: number) => Math.sin(2 * Math.PI * hertz * t);
    const harmonics = [1, 2, 3, 4, 5].reduce((sum, k) => sum + sine(notes[note] * k) / k, 0);
    return 0.12 * (harmonics + sine(notes[(note * 3) % 8] / 2) / 2) * (0.3 + Math.exp(-3 * (t % 0.5)));
  });
}

/** Cuts a clip about every 2 s, where it is quietest, and puts silence after each piece. */
function spreadOut(x: Sound, seconds: number): Sound {
  const pieces: Sound[] = [];
  for (let at = 0; at < x.length; ) {
    const end = at + quietest(x.subarray(at), 1.6 * RATE, 2.4 * RATE);
    pieces.push(x.slice(at, end), silence(seconds));
    at = end;
  }
  return joined(...pieces);
}

/** Returns the place of the quietest 50 ms between two places, or the end of a short clip. */
function quietest(x: Sound, from: number, to: number): number {
  if (x.length < to + RATE) return x.length;
  const energy = (at: number) => x.subarray(at - 400, at + 400).reduce((sum, y) => sum + y * y, 0);
  const places = Array.from({ length: Math.floor((to - from) / 160) }, (_, i) => from + i * 160);
  return places.reduce((best, at) => (energy(at) < energy(best) ? at : best));
}

const CHANGES: Record<string, (x: Sound) => Sound> = {
  "2 s of silence around": (x) => joined(silence(2), x, silence(2)),
  "20 s of silence around": (x) => joined(silence(20), x, silence(20)),
  "10 s of music before": (x) => joined(music(10), x),
  "3 s of silence after every 2 s or so": (x) => spreadOut(x, 3),
  "20 dB louder": (x) => louder(x, 10),
  "20 dB quieter": (x) => louder(x, 0.1),
};

describe.each(clips)("%s", (path) => {
  test.each(Object.keys(CHANGES))("%s: net speech within a tenth, and the same decision", async (change) => {
    const { samples } = await readSamples({ bytes: await readFile(path) });
    const x = toPeak(samples as Sound, 0.09);
    const { registry } = services;
    const [clipA, clipB] = [{ bytes: wav([x]) }, { bytes: wav([CHANGES[change](x)]) }];
    const [own, changed] = await Promise.all(
      [clipA, clipB].map((b) => compare(services, { registry, clipA, clipB: b })),
    );
    expect(changed.decision).toBe(own.decision);
    const share = changed.quality.speechSeconds / own.quality.speechSeconds;
    expect(Math.abs(share - 1)).toBeLessThanOrEqual(0.1);
  });
});

test("a frame doesn't depend on sound that is more than 7 s away", async () => {
  const { networks, release } = await loadModel(BUNDLED_MODEL);
  const probabilities = async (x: Sound) => networks.detector.run(fbank(x, networks.vad.recipe));
  const { samples } = await readSamples({ bytes: await readFile(shipped[0]) });
  const x = joined(samples as Sound, samples as Sound, samples as Sound);
  const alone = await probabilities(joined(silence(7), x));
  const afterMusic = await probabilities(joined(music(30), silence(7), x));
  const shift = afterMusic.length - alone.length;
  const differences = alone.slice(700).map((p, i) => Math.abs(p - (afterMusic[i + 700 + shift] ?? 0)));
  expect(Math.max(...differences)).toBeLessThan(1e-3);
  await release();
});
