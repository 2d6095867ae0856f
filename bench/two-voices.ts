/**
 * `npm run bench:two-voices`: measures how often lib/domain/enrollment/multiple-speakers.ts reports
 * a clip of two people and a clip of one. A clip joins two recordings of one person, or of two
 * people of one corpus. Uses the development speech, or with `--held-out` the speakers held out of
 * training, on which the rule was chosen. Prints a Markdown table; `--values` adds each value.
 */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { openBundle } from "../lib/adapters/model/bundle.ts";
import { readSamples } from "../lib/audio/read-samples.ts";
import { cosineAcrossGroups, hasMultipleSpeakers } from "../lib/domain/enrollment/multiple-speakers.ts";
import { bySpeaker, readClips, readHeldOut, type TrainClip } from "../models/build/corpus.ts";
import { withReliableLabels } from "../models/build/label-noise.ts";
import { mapWithProgress } from "../models/build/progress.ts";
import { wavOf } from "../models/build/wav.ts";
import { speechFolder } from "../test/support/speech.ts";
import { spread } from "./spread.ts";

const MAX_PER_CORPUS = 150;
/** Shorter recordings have only one part. */
const MIN_SECONDS = 3;

const { values } = parseArgs({
  options: { "held-out": { type: "boolean", default: false }, values: { type: "boolean", default: false } },
});
const speech = speechFolder();
if (!speech) {
  console.error(
    "There is no speech folder. Put it at ../shared/speech next to the checkout, or set VOICEROLL_SPEECH.",
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

type JoinedClip = { corpus: string; two: boolean; first: string; second: string };

async function main(clips: readonly TrainClip[]): Promise<void> {
  const joinedClips = clipsOf(await longEnough(clips));
  const embedded = await mapWithProgress("two voices", joinedClips, 4, async (one) => {
    const [a, b] = await Promise.all([one.first, one.second].map(samplesOf));
    const samples = new Float32Array(a.length + b.length);
    samples.set(a);
    samples.set(b, a.length);
    const embedding = await bundle.embedder.embed({ bytes: wavOf(samples) }, { parts: true });
    return {
      ...one,
      value: cosineAcrossGroups(embedding.parts),
      reported: hasMultipleSpeakers(setup, embedding),
    };
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
      const reported = some.filter((one) => one.reported).length;
      return [String(some.length), some.length ? `${((100 * reported) / some.length).toFixed(1)} %` : "-"];
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
    async ({ path }) => (await samplesOf(path)).length > MIN_SECONDS * 16000,
  );
  return clips.filter((_, i) => long[i]);
}

/** Joins each clip with the same person's next clip, and with clips of the next five people. */
function clipsOf(clips: readonly TrainClip[]): JoinedClip[] {
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
    return [...spread(ones, MAX_PER_CORPUS), ...spread(twos, MAX_PER_CORPUS)];
  });
}

async function heldOutClips(folder: string): Promise<TrainClip[]> {
  const heldOut = await readHeldOut();
  return withReliableLabels(await readClips(folder, "train")).filter(({ speaker }) => heldOut.has(speaker));
}
