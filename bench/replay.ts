/**
 * `npm run bench:replay`: how often a copy of a recording is recognized
 * (lib/audio/features/copy-score.ts), and how often another recording is taken for a copy. Uses the
 * development speech, or with `--train` the training speech, on which the threshold was chosen.
 * Prints JSON lines. Needs ffmpeg, and takes about five minutes on two idle cores.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openBundle } from "../lib/adapters/model/bundle.ts";
import { copyScore, isCopy } from "../lib/audio/features/copy-score.ts";
import { storedFingerprint } from "../lib/audio/features/fingerprint.ts";
import { readSamples } from "../lib/audio/read-samples.ts";
import type { Fingerprint } from "../lib/audio/types.ts";
import type { ClipEmbedding } from "../lib/ports/model.ts";
import { cosine } from "../lib/score/scoring/vector.ts";
import { bySpeaker, readClips, type TrainClip } from "../models/build/corpus.ts";
import { mapWithProgress } from "../models/build/progress.ts";
import { wavOf } from "../models/build/wav.ts";
import { speechFolder } from "../test/support/speech.ts";
import { COPIES, drawn, noisy } from "./copies.ts";
import { machine, print } from "./measure.ts";
import { sharesAudio } from "./shared-audio.ts";

/** Clips per corpus of which every pair is a false alarm if it counts as a copy. */
const COMPARED = 250;
/** Clips of other people that each clip is compared with. */
const OTHERS = 20;
/** lib/domain/scoring/probe-quality.ts: from here on embeddings alone show a copy. */
const SAME_RECORDING_COSINE = 0.995;

type Known = TrainClip & { probe: Fingerprint; stored: Uint8Array; embedded: ClipEmbedding };

const { values } = parseArgs({ options: { train: { type: "boolean", default: false } } });
/** Clips per corpus that are copied. The training speech has more corpora. */
const COPIED = values.train ? 6 : 15;
const found = speechFolder();
if (!found) {
  console.error("There is no speech folder. Set VOICEROLL_SPEECH.");
  process.exit(2);
}
const folder = found;
const bundle = await openBundle({ workers: 2 });
try {
  await main();
} finally {
  await bundle.embedder.close();
}

async function main(): Promise<void> {
  print("replay", { ...machine(), speech: values.train ? "train" : "dev" });
  const clips = await readClips(folder, values.train ? "train" : "dev");
  const corpora = [...Map.groupBy(clips, ({ corpus }) => corpus).values()];
  const known = await mapWithProgress(
    "clips",
    corpora.flatMap((own) => spread(own, COMPARED)),
    2,
    async (clip): Promise<Known> => {
      const embedded = await bundle.embedder.embed({ bytes: await readFile(clip.path) });
      const { fingerprint: probe } = embedded;
      return { ...clip, embedded, probe, stored: storedFingerprint(probe) };
    },
  );
  const voiced = known.filter(({ embedded }) => embedded.quality.speechSeconds >= 1);
  printSizes(voiced);
  await hits(voiced);
  await falseAlarms(voiced);
}

/** At most `most` of the items, from all over the list. */
function spread<T>(items: readonly T[], most: number): T[] {
  const length = Math.min(items.length, most);
  return Array.from({ length }, (_, i) => items[Math.floor((i * items.length) / length)]);
}

function printSizes(clips: readonly Known[]): void {
  const bytes = clips.reduce((sum, { stored }) => sum + stored.length, 0);
  const seconds = clips.reduce((sum, { embedded }) => sum + embedded.quality.totalSeconds, 0);
  const pairs = clips.slice(1).map((clip, i) => [clips[i], clip] as const);
  // Processor time: other work on the machine doesn't count.
  const start = process.threadCpuUsage();
  for (const [a, b] of pairs) copyScore(a.stored, b.probe);
  const milliseconds = process.threadCpuUsage(start).user / 1000 / pairs.length;
  print("replay-size", {
    clips: clips.length,
    meanSeconds: seconds / clips.length,
    bytesPerSecond: bytes / seconds,
    meanBytes: bytes / clips.length,
    millisecondsPerComparison: milliseconds,
  });
}

async function hits(clips: readonly Known[]): Promise<void> {
  const noises = await readAll(join(folder, "augment", "noise"), 40);
  const rooms = await readAll(join(folder, "augment", "rir"), 70);
  const corpora = [...Map.groupBy(clips, ({ corpus }) => corpus).values()];
  const some = corpora.flatMap((own) => spread(own, COPIED));
  for (const [copy, make] of Object.entries(COPIES)) {
    const results = await mapWithProgress(copy, some, 3, async (clip) => {
      const { samples } = await readSamples({ bytes: await readFile(clip.path) });
      const name = `${copy} ${clip.path.slice(folder.length)}`;
      const pick = (all: readonly Float32Array[]) => all[Math.floor(drawn(name) * all.length)];
      const bytes = await make({ name, samples, noise: pick(noises), room: pick(rooms) });
      const embedded = await bundle.embedder.embed({ bytes });
      const { embedding } = embedded;
      const near = !!embedding && !!clip.embedded.embedding;
      return {
        score: copyScore(clip.stored, embedded.fingerprint),
        hit: isCopy(clip.stored, embedded.fingerprint),
        near: near && cosine(embedding, clip.embedded.embedding ?? embedding) > SAME_RECORDING_COSINE,
      };
    });
    const scores = results.map(({ score }) => score).sort((a, b) => a - b);
    print("replay-hit", {
      copy,
      clips: results.length,
      hits: results.filter(({ hit }) => hit).length,
      rate: results.filter(({ hit }) => hit).length / results.length,
      byEmbeddingOnly: results.filter(({ near }) => near).length / results.length,
      medianScore: scores[scores.length >> 1],
      tenthScore: scores[Math.floor(scores.length / 10)],
    });
  }
}

async function readAll(path: string, most: number): Promise<Float32Array[]> {
  const names = spread((await readdir(path)).sort(), most);
  const files = await Promise.all(names.map((name) => readFile(join(path, name))));
  return Promise.all(files.map(async (bytes) => (await readSamples({ bytes })).samples));
}

async function falseAlarms(clips: readonly Known[]): Promise<void> {
  const noises = await readAll(join(folder, "augment", "noise"), 40);
  for (const [corpus, own] of Map.groupBy(clips, (clip) => clip.corpus)) {
    const samePerson = [...bySpeaker(own).values()].flatMap((mine) =>
      mine.flatMap((a) => mine.filter((b) => b !== a).map((b) => [a, b] as const)),
    );
    const others = own.flatMap((a) =>
      Array.from({ length: OTHERS }, (_, i) => own[Math.floor(drawn(`${a.path} ${i}`) * own.length)])
        .filter((b) => b.speaker !== a.speaker)
        .map((b) => [a, b] as const),
    );
    await report(corpus, "same person", samePerson);
    await report(corpus, "other people", others);
    const noised = await mapWithProgress(corpus, spread(own, COPIED), 2, async (clip) => {
      const { samples } = await readSamples({ bytes: await readFile(clip.path) });
      const noise = noises[Math.floor(drawn(clip.path) * noises.length)];
      const { fingerprint } = await bundle.embedder.embed({ bytes: wavOf(noisy(samples, noise, 10)) });
      return { ...clip, probe: fingerprint };
    });
    const both = noised.flatMap((b) =>
      own.filter((a) => a.speaker === b.speaker && a.path !== b.path).map((a) => [a, b] as const),
    );
    await report(corpus, "same person, noise 10 dB", both);
  }
}

type Pair = readonly [Pick<Known, "path" | "stored">, Pick<Known, "path" | "probe">];

async function report(corpus: string, kind: string, pairs: readonly Pair[]): Promise<void> {
  if (pairs.length === 0) return;
  const scores = pairs.map(([{ stored }, { probe }]) => copyScore(stored, probe));
  const alarms = pairs.filter(([{ stored }, { probe }]) => isCopy(stored, probe));
  const genuine = await Promise.all(alarms.map((pair) => isSharing(pair)));
  print("replay-false-alarm", {
    corpus,
    kind,
    pairs: pairs.length,
    alarms: alarms.length,
    shareAudio: genuine.filter(Boolean).length,
    falseAlarms: genuine.filter((one) => !one).length,
    highestScore: scores.reduce((most, score) => Math.max(most, score), 0),
  });
}

/** The lists have clips with the same recording in them: such an alarm is right. */
async function isSharing([a, b]: Pair): Promise<boolean> {
  const [x, y] = await Promise.all(
    [a, b].map(async ({ path }) => readSamples({ bytes: await readFile(path) })),
  );
  return sharesAudio(x.samples, y.samples);
}
