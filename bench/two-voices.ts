/**
 * `npm run bench:two-voices`: how often is a clip of two people told from a clip of one (lib/domain/enrollment/multiple-speakers.ts)? Clips are made of
 * two recordings one after the other, of the same person or of two of the same corpus. Development speech, and for choosing
 * the rule the speakers held out of training (`--held-out`). Prints a Markdown table; `--values` also each value.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openBundle } from "../lib/adapters/model/bundle.ts";
import { readSamples } from "../lib/audio/read-samples.ts";
import { cosineAcrossGroups, hasMultipleSpeakers } from "../lib/domain/enrollment/multiple-speakers.ts";
import { bySpeaker, readClips, readHeldOut, type TrainClip } from "../models/build/corpus.ts";
import { withReliableLabels } from "../models/build/label-noise.ts";
import { mapWithProgress } from "../models/build/progress.ts";
import { wavOf } from "../models/build/wav.ts";
import { speechFolder } from "../test/support/speech.ts";

const MOST_PER_CORPUS = 150;
/** Shorter ones have one part only. */
const LEAST_SECONDS = 3;

const { values } = parseArgs({
  options: { "held-out": { type: "boolean", default: false }, values: { type: "boolean", default: false } },
});
const speech = speechFolder();
if (!speech) {
  console.error(
    "No speech folder: put it at ../shared/speech beside the checkout or name it in VOICEROLL_SPEECH.",
  );
  process.exit(2);
}
const bundle = await openBundle({ workers: 2 });
const { modelId } = bundle.embedder.model;
const setup = {
  cohort: await bundle.cohorts.bundled(modelId),
  calibration: await bundle.calibrations.bundled(modelId),
};
try {
  await main(values["held-out"] ? await heldOutClips(speech) : await readClips(speech, "dev"));
} finally {
  await bundle.embedder.close();
}

type Made = { corpus: string; two: boolean; first: string; second: string };

async function main(clips: readonly TrainClip[]): Promise<void> {
  const made = clipsOf(await longEnough(clips));
  const embedded = await mapWithProgress("two voices", made, 4, async (one) => {
    const [a, b] = await Promise.all([one.first, one.second].map(samplesOf));
    const joined = new Float32Array(a.length + b.length);
    joined.set(a);
    joined.set(b, a.length);
    const found = await bundle.embedder.embed({ bytes: wavOf(joined) }, { parts: true });
    return { ...one, value: cosineAcrossGroups(found.parts), told: hasMultipleSpeakers(setup, found) };
  });
  console.log(
    "| corpus | clips of one | reported | clips of two | reported |\n| --- | --- | --- | --- | --- |",
  );
  for (const corpus of [...new Set(embedded.map((one) => one.corpus)), "all"]) {
    const own = embedded.filter(
      (one) => one.value !== undefined && (corpus === "all" || one.corpus === corpus),
    );
    const cells = [false, true].flatMap((two) => {
      const some = own.filter((one) => one.two === two);
      const told = some.filter((one) => one.told).length;
      return [String(some.length), some.length ? `${((100 * told) / some.length).toFixed(1)} %` : "-"];
    });
    console.log(`| ${[corpus, ...cells].join(" | ")} |`);
  }
  if (values.values)
    for (const { corpus, two, value } of embedded)
      console.log(["value", corpus, two ? 2 : 1, value].join("\t"));
}

async function samplesOf(path: string): Promise<Float32Array> {
  return (await readSamples({ bytes: await readFile(path) })).samples;
}

async function longEnough(clips: readonly TrainClip[]): Promise<TrainClip[]> {
  const long = await mapWithProgress(
    "clips",
    clips,
    2,
    async ({ path }) => (await samplesOf(path)).length > LEAST_SECONDS * 16000,
  );
  return clips.filter((_, i) => long[i]);
}

/** Neighbors in the list: the same person's next clip, and the next person's. */
function clipsOf(clips: readonly TrainClip[]): Made[] {
  const corpora = Map.groupBy(clips, ({ corpus }) => corpus);
  return [...corpora].flatMap(([corpus, own]) => {
    const people = [...bySpeaker(own).values()];
    const ones = people.flatMap((mine) =>
      mine.slice(1).map((clip, i) => ({ corpus, two: false, first: mine[i].path, second: clip.path })),
    );
    const twos = people.flatMap((mine, p) =>
      people.slice(p + 1, p + 6).map((other, i) => {
        const [first, second] = [mine[i % mine.length].path, other[i % other.length].path];
        return { corpus, two: true, first, second };
      }),
    );
    return [...spread(ones), ...spread(twos)];
  });
}

function spread<T>(items: readonly T[]): T[] {
  const step = Math.max(1, items.length / MOST_PER_CORPUS);
  return Array.from(
    { length: Math.min(items.length, MOST_PER_CORPUS) },
    (_, i) => items[Math.floor(i * step)],
  );
}

async function heldOutClips(folder: string): Promise<TrainClip[]> {
  const heldOut = await readHeldOut(join(import.meta.dirname, "../models/training/held-out.txt"));
  return withReliableLabels(await readClips(folder, "train")).filter(({ speaker }) => heldOut.has(speaker));
}
