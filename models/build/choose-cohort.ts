/**
 * Compares cohorts, numbers of nearest rows, and subtracting a mean: prints a table with the equal
 * error rates of AS-Norm on the development lists for each choice, next to plain cosine. Writes no
 * files.
 *
 * npm run model:choose-cohort -- --speech DIR [--model models/ecapa-c256] [--cache DIR] [--workers
 * 2]
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { modelIdOf } from "../../lib/adapters/model/manifest.ts";
import type { EmbedClip } from "../../lib/evaluate/embedding-cache.ts";
import { asNorm, voiceStats } from "../../lib/score/scoring/norm.ts";
import type { VoiceStats } from "../../lib/score/scoring/types.ts";
import { cosine } from "../../lib/score/scoring/vector.ts";
import {
  type CohortChoice,
  type CohortVoice,
  centered,
  cohortClips,
  cohortVoices,
  meanOf,
  rowsOf,
  VOICES,
} from "./cohort.ts";
import { readClips, readHeldOut } from "./corpus.ts";
import { type DevLists, type Rates, ratesOf, readDevLists } from "./dev-lists.ts";
import { withReliableLabels } from "./label-noise.ts";
import { buildOptions } from "./options.ts";
import { draftManifest, withEmbed } from "./workbench.ts";

const PER_CORPUS = [30, 60, 90, 120];
const TOP_N = [30, 50, 100, 200, 300, 400];
/** Larger cohorts only use whole clips: calls and crops would have to be embedded first. */
const CHOICES: CohortChoice[] = [
  ...VOICES.flatMap((voices) => PER_CORPUS.map((perCorpus) => ({ voices, perCorpus }))),
  { voices: "clips", perCorpus: 250 },
  { voices: "clips", perCorpus: undefined },
];

const options = buildOptions(process.argv.slice(2));
const training = JSON.parse(await readFile(join(options.model, "training.json"), "utf8"));
const manifest = await draftManifest(options, training);
const heldOut = await readHeldOut();
const reliable = withReliableLabels(await readClips(options.speech, "train"));
const trained = reliable.filter(({ speaker }) => !heldOut.has(speaker));

await withEmbed(options, manifest, async (embedClip) => {
  const dev = await readDevLists(embedClip, options.speech, options.workers * 2);
  const plain = cosineRates(dev);
  const names = dev.lists.map(({ name }) => name);
  console.log(
    ["rows", "per corpus", "size", "mean", "topN", ...names, "mean EER", "", "pooled", "", "minDCF"].join(
      "\t",
    ),
  );
  printRow(["cosine", "", "", "", ""], plain, plain);
  for (const choice of CHOICES) await measure(embedClip, dev, choice, plain);
});

async function measure(
  embedClip: EmbedClip,
  dev: DevLists,
  choice: CohortChoice,
  plain: Rates,
): Promise<void> {
  const { perCorpus, voices } = choice;
  const rows = await cohortVoices(embedClip, cohortClips(trained, perCorpus), voices, options.workers * 2);
  for (const mean of [undefined, meanOf(rows)]) {
    const label = [voices, String(perCorpus ?? "all"), String(rows.length), mean ? "subtracted" : "kept"];
    const own = mean ? rows.map((one) => ({ ...one, voice: centered(one.voice, mean) })) : rows;
    const moved = mean ? { ...dev, voices: dev.voices.map((voice) => centered(voice, mean)) } : dev;
    if (mean) printRow([...label, "cosine"], cosineRates(moved), plain);
    for (const topN of TOP_N.filter((n) => n < own.length))
      printRow([...label, String(topN)], asNormRates(moved, own, topN), plain);
  }
}

function cosineRates(dev: DevLists): Rates {
  return ratesOf(dev, ({ enrolled, probe }) => cosine(dev.voices[enrolled], dev.voices[probe]));
}

function asNormRates(dev: DevLists, voices: readonly CohortVoice[], topN: number): Rates {
  const { dimension } = manifest;
  const shape = { size: voices.length, dimension, topN, rows: rowsOf(voices) };
  const cohort = { id: "coh_tried", modelId: modelIdOf(manifest), ...shape } as const;
  const stats = dev.voices.map((voice) => statsOf(voiceStats(voice, cohort)));
  return ratesOf(dev, ({ enrolled, probe }) =>
    asNorm(cosine(dev.voices[enrolled], dev.voices[probe]), stats[enrolled], stats[probe]),
  );
}

function statsOf(stats: VoiceStats | undefined): VoiceStats {
  if (!stats) throw new RangeError("the cohort is smaller than topN");
  return stats;
}

/**
 * Prints rates in percent. The mean and the pooled rate are followed by their change against plain
 * cosine.
 */
function printRow(label: readonly string[], rates: Rates, plain: Rates): void {
  const percent = (x: number) => (100 * x).toFixed(2);
  const change = (x: number, of: number) => `${x > of ? "+" : ""}${(100 * (x / of - 1)).toFixed(1)} %`;
  console.log(
    [
      ...label,
      ...rates.eers.map(percent),
      percent(rates.mean),
      change(rates.mean, plain.mean),
      percent(rates.pooled),
      change(rates.pooled, plain.pooled),
      rates.minDcf.toFixed(3),
    ].join("\t"),
  );
}
