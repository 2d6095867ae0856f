/**
 * `npm run bench:stress -- --model DIR ...`: what degradations cost. The probes of the development
 * lists are degraded in eleven ways, and compared with clean enrolled clips. Prints a Markdown
 * table of EERs in %: for each model, list and degradation, and for all degradations of a list at
 * one threshold ("pooled stress"). Clips that get no embedding count as lowest scores.
 *
 * Options: --model DIR (repeat it; default: the bundled model), --clips N probes of each list.
 */
import { readdir, readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { type Bundle, openBundle } from "../lib/adapters/model/bundle.ts";
import { BUNDLED_MODEL } from "../lib/adapters/model/bundled-model.ts";
import { readSamples } from "../lib/audio/read-samples.ts";
import { parseTrials, type Trial } from "../lib/evaluate/trial-list.ts";
import { eer } from "../lib/score/rates/metrics.ts";
import { asNorm, voiceStats } from "../lib/score/scoring/norm.ts";
import type { Cohort } from "../lib/score/scoring/types.ts";
import { cosine, type UnitVector } from "../lib/score/scoring/vector.ts";
import { mapWithProgress } from "../models/build/progress.ts";
import { soundOf } from "../models/build/recording-conditions.ts";
import { speechFolder } from "../test/support/speech.ts";
import { drawn } from "./copies.ts";
import { machine, markdownTable, print, type Row } from "./measure.ts";
import { spread } from "./spread.ts";
import { DEGRADATIONS } from "./stress/degradations.ts";

const LISTS = ["alnum", "dsp20", "hyke-speech", "so762"];
const CLEAN = "as recorded";
const POOLED = "pooled stress";

const { values } = parseArgs({
  options: {
    model: { type: "string", multiple: true, default: [BUNDLED_MODEL] },
    clips: { type: "string", default: "60" },
  },
});
const speech = speechFolder();
if (!speech) throw new RangeError("There is no speech folder. Set VOICEROLL_SPEECH.");
const dev = join(speech, "dev");
const noises = await quietNoises(join(speech, "augment", "noise"));

/** Recordings without voices (models/training/vad/voiced-noise.txt): 24 of them are enough. */
async function quietNoises(folder: string): Promise<Float32Array[]> {
  const files = (await readdir(folder)).filter((file) => !/^spear-|household-02[14]/.test(file)).sort();
  return Promise.all(spread(files, 24).map((file) => soundOf(join(folder, file))));
}

type Embed = (path: string, degradation: string) => Promise<UnitVector | undefined>;

/** Makes one value for each clip and degradation. */
function once<T>(make: (path: string, degradation: string) => Promise<T>): typeof make {
  const known = new Map<string, Promise<T>>();
  return (path, degradation) => {
    const key = `${degradation} ${path}`;
    const found = known.get(key) ?? make(path, degradation);
    known.set(key, found);
    return found;
  };
}

/** A clip as it is heard: all models hear the same. */
const heard = once(async (path, degradation): Promise<Uint8Array> => {
  const bytes = await readFile(join(dev, path));
  if (degradation === CLEAN) return bytes;
  const { samples } = await readSamples({ bytes });
  const noise = noises[Math.floor(drawn(path) * noises.length)];
  return DEGRADATIONS[degradation]({ name: path, samples, noise });
});

const embedderOf = ({ embedder }: Bundle): Embed =>
  once(async (path, degradation) => {
    const bytes = await heard(path, degradation);
    return (await embedder.embed({ bytes })).embedding;
  });

async function drawnTrials(list: string): Promise<Trial[]> {
  const all = parseTrials(await readFile(join(dev, "trials", `${list}.txt`), "utf8"), list);
  const probes = new Set(spread([...new Set(all.map(({ probe }) => probe))].sort(), Number(values.clips)));
  return all.filter(({ probe }) => probes.has(probe));
}

const LOWEST = -1000;

function score(enrolled: UnitVector | undefined, probe: UnitVector | undefined, cohort: Cohort): number {
  if (!enrolled || !probe) return LOWEST;
  const [e, p] = [voiceStats(enrolled, cohort), voiceStats(probe, cohort)];
  const raw = cosine(enrolled, probe);
  return e && p ? asNorm(raw, e, p) : raw;
}

type Scores = { genuine: number[]; impostor: number[] };

async function scoresOf(embed: Embed, trials: readonly Trial[], degradation: string, cohort: Cohort) {
  const scores: Scores = { genuine: [], impostor: [] };
  const found = await mapWithProgress(degradation, trials, 2 * availableParallelism(), async (trial) =>
    score(await embed(trial.enrolled, CLEAN), await embed(trial.probe, degradation), cohort),
  );
  for (const [i, { target }] of trials.entries()) scores[target ? "genuine" : "impostor"].push(found[i]);
  return scores;
}

const percent = ({ genuine, impostor }: Scores) => Number((100 * eer(genuine, impostor).eer).toFixed(1));
const joined = (all: readonly Scores[]): Scores => ({
  genuine: all.flatMap(({ genuine }) => genuine),
  impostor: all.flatMap(({ impostor }) => impostor),
});

print("machine", machine());
const known = new Set(await readdir(join(dev, "trials")));
const lists = LISTS.filter((list) => known.has(`${list}.txt`));
const rows: Row[] = [];
for (const folder of values.model) {
  const bundle = await openBundle({ workers: availableParallelism(), folder });
  const cohort = await bundle.cohorts.bundled(bundle.embedder.model.modelId);
  const embed = embedderOf(bundle);
  const byCondition = new Map<string, Record<string, number>>();
  for (const list of lists) {
    const trials = await drawnTrials(list);
    const stressed: Scores[] = [];
    for (const degradation of [CLEAN, ...Object.keys(DEGRADATIONS)]) {
      const scores = await scoresOf(embed, trials, degradation, cohort);
      if (degradation !== CLEAN) stressed.push(scores);
      byCondition.set(degradation, { ...byCondition.get(degradation), [list]: percent(scores) });
    }
    byCondition.set(POOLED, { ...byCondition.get(POOLED), [list]: percent(joined(stressed)) });
  }
  await bundle.embedder.close();
  for (const [condition, rates] of byCondition) {
    const mean = Object.values(rates).reduce((sum, x) => sum + x, 0) / lists.length;
    rows.push({ model: basename(folder), condition, ...rates, mean: Number(mean.toFixed(1)) });
  }
}
console.log(markdownTable(rows));
