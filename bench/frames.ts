/**
 * `npm run bench:frames -- [MODEL_FOLDER]`: the EER of plain cosines by which frames of a clip are
 * embedded, through the product's own path. Rows are margins around speech and the share below
 * which nothing is dropped. Choose by the speakers held out of training; `--dev` measures the
 * development lists. Clips are also measured with 2 s of faint hiss on both sides, as people record
 * them.
 */
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { BUNDLED_MODEL } from "../lib/adapters/model/bundled-model.ts";
import { embed } from "../lib/adapters/model/embed-clip.ts";
import { loadModel } from "../lib/adapters/model/load.ts";
import type { FrameChoice } from "../lib/audio/features/choose-frames.ts";
import { readSamples } from "../lib/audio/read-samples.ts";
import { eer } from "../lib/score/rates/metrics.ts";
import { cosine, type UnitVector } from "../lib/score/scoring/vector.ts";
import { bySpeaker, readClips, readHeldOut } from "../models/build/corpus.ts";
import { withReliableLabels } from "../models/build/label-noise.ts";
import { wavOf } from "../models/build/wav.ts";
import { speechFolder } from "../test/support/speech.ts";

const CHOICES: FrameChoice[] = [
  { marginSeconds: 0, leastDropped: 0 },
  { marginSeconds: 0.3, leastDropped: 0 },
  { marginSeconds: 0.3, leastDropped: 0.2 },
  { marginSeconds: 0.6, leastDropped: 0 },
  { marginSeconds: 0.6, leastDropped: 0.3 },
  { marginSeconds: 10, leastDropped: 0 },
];
const HISS_SECONDS = 2;
const HISS = 0.0005;
const MAX_CLIPS = 4;

const { values, positionals } = parseArgs({
  options: { dev: { type: "boolean", default: false }, lists: { type: "string" } },
  allowPositionals: true,
});
const speech = speechFolder();
if (!speech)
  throw new Error("There is no speech folder. Put it at ../shared/speech or set VOICEROLL_SPEECH.");

type Trial = { same: boolean; a: string; b: string };
const lists = values.dev ? await devLists(join(speech, "dev"), values.lists) : await heldOutLists(speech);
const loaded = await loadModel(positionals[0] ?? BUNDLED_MODEL);
for (const choice of CHOICES) {
  const { networks } = loaded;
  const model = { ...networks.model, frames: choice };
  const cells: string[] = [];
  for (const [name, trials] of lists) {
    for (const around of [0, HISS_SECONDS]) {
      const voices = await voicesOf({ ...networks, model }, trials, around);
      cells.push(`${name}${around ? " +hiss" : ""} ${rate(trials, voices)}`);
    }
  }
  console.log(`margin ${choice.marginSeconds} s, least dropped ${choice.leastDropped}: ${cells.join(" | ")}`);
}
await loaded.release();

function rate(trials: readonly Trial[], voices: ReadonlyMap<string, UnitVector>): string {
  const scores = { same: [] as number[], other: [] as number[] };
  for (const { same, a, b } of trials) {
    const [x, y] = [voices.get(a), voices.get(b)];
    if (x && y) scores[same ? "same" : "other"].push(cosine(x, y));
  }
  return (100 * eer(Float64Array.from(scores.same), Float64Array.from(scores.other)).eer).toFixed(1);
}

async function voicesOf(networks: typeof loaded.networks, trials: readonly Trial[], around: number) {
  const voices = new Map<string, UnitVector>();
  for (const path of new Set(trials.flatMap(({ a, b }) => [a, b]))) {
    const { samples } = await readSamples({ bytes: await readFile(path) });
    const hiss = (_: unknown, i: number) => HISS * Math.sin(i * i * 12.9898);
    const silence = Float32Array.from({ length: around * 16_000 }, hiss);
    const bytes = wavOf(Float32Array.from([...silence, ...samples, ...silence]));
    const { embedding } = await embed(networks, { bytes });
    if (embedding) voices.set(path, embedding);
  }
  return voices;
}

async function devLists(root: string, only: string | undefined): Promise<[string, Trial[]][]> {
  const files = readdirSync(join(root, "trials")).filter((file) => !only || only.split(",").includes(file));
  return Promise.all(
    files.sort().map(async (file): Promise<[string, Trial[]]> => {
      const lines = (await readFile(join(root, "trials", file), "utf8")).trim().split("\n");
      const trials = lines.map((line) => {
        const [label, a = "", b = ""] = line.split(" ");
        return { same: label === "1", a: join(root, a), b: join(root, b) };
      });
      return [file.replace(".txt", ""), trials];
    }),
  );
}

/** All pairs within a corpus of the held-out speakers' first clips. */
async function heldOutLists(folder: string): Promise<[string, Trial[]][]> {
  const heldOut = await readHeldOut(join(import.meta.dirname, "../models/training/held-out.txt"));
  const clips = withReliableLabels(await readClips(folder, "train")).filter((c) => heldOut.has(c.speaker));
  const kept = [...bySpeaker(clips).values()].flatMap((own) => own.slice(0, MAX_CLIPS));
  const trials = kept.flatMap((a, i) =>
    kept
      .slice(i + 1)
      .filter((b) => b.corpus === a.corpus)
      .map((b) => ({ same: a.speaker === b.speaker, a: a.path, b: b.path })),
  );
  return [["held-out", trials]];
}
