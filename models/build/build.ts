/**
 * Makes everything that a bundled model needs in addition to model.onnx: cohort, calibration,
 * golden clip and model.json. Uses the same clip-to-embedding path that serves requests.
 * docs/model-format.md documents the options.
 *
 * npm run model:build -- --speech DIR [--model models/ecapa-c256] [--cache DIR] [--workers 2]
 */
import { createHash } from "node:crypto";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadModel } from "../../lib/adapters/model/load.ts";
import { type ModelManifest, modelIdOf } from "../../lib/adapters/model/manifest.ts";
import type { EmbedClip } from "../../lib/evaluate/embedding-cache.ts";
import { makeId } from "../../lib/id.ts";
import type { Cohort } from "../../lib/score/scoring/types.ts";
import { sha256Of } from "../../lib/sha256.ts";
import { wrappedJson } from "../../lib/wrapped-json.ts";
import {
  type CohortVoice,
  centered,
  cohortClips,
  cohortVoices,
  meanOf,
  rowsOf,
  type Voices,
} from "./cohort.ts";
import { measureConsistency } from "./consistency-points.ts";
import { readClips, readHeldOut, type TrainClip } from "./corpus.ts";
import { withReliableLabels } from "./label-noise.ts";
import { type BuildOptions, buildOptions } from "./options.ts";
import { readSounds } from "./recording-conditions.ts";
import { modelThresholds } from "./thresholds.ts";
import { type BuiltManifest, draftManifest, type Training, withEmbed } from "./workbench.ts";

const ROOT = join(import.meta.dirname, "../..");
const GOLDEN_SAMPLE = join(ROOT, "samples/awb/1.wav");
const ROWS: Record<Voices, string> = {
  clips: "one voiceprint per training speaker",
  calls: "one voiceprint per training speaker, of its clips and a simulated telephone call",
  crops: "short crops of training speakers, one row each",
};

const options = buildOptions(process.argv.slice(2));
const training: Training = JSON.parse(await readFile(join(options.model, "training.json"), "utf8"));
const manifest = await draftManifest(options, training);
const reliable = withReliableLabels(await readClips(options.speech, "train"));
const heldOut = await readHeldOut();

const made = await withEmbed(options, manifest, async (embedClip) => {
  const trained = reliable.filter(({ speaker }) => !heldOut.has(speaker));
  const voices = await cohortVoices(
    embedClip,
    cohortClips(trained, options.cohort.perCorpus),
    options.cohort.voices,
    options.workers * 2,
  );
  const mean = options.subtractMean ? meanOf(voices) : undefined;
  const cohort = cohortOf(manifest, mean ? voices.map(centeredBy(mean)) : voices, options);
  const heldOutClips = reliable.filter(({ speaker }) => heldOut.has(speaker));
  return {
    mean,
    cohort,
    calibration: await calibrate(mean ? centeredEmbed(embedClip, mean) : embedClip, cohort, heldOutClips),
  };
});
await writeModel();

function cohortOf(of: ModelManifest, voices: readonly CohortVoice[], { topN }: BuildOptions): Cohort {
  const rows = rowsOf(voices);
  const id = makeId("coh", createHash("sha256").update(bytesOf(rows)).digest().subarray(0, 16));
  return { id, modelId: modelIdOf(of), size: voices.length, dimension: of.dimension, topN, rows };
}

async function calibrate(embedClip: EmbedClip, cohort: Cohort, heldOutClips: readonly TrainClip[]) {
  const sounds = await readSounds(options.speech);
  const { file, ...rest } = await modelThresholds(embedClip, cohort, heldOutClips, sounds, {
    bands: training.cohortMeasures ?? [],
    width: options.workers,
  });
  const consistency = await measureConsistency(embedClip, cohort, heldOutClips, options.workers);
  return { file: { ...file, consistency }, ...rest };
}

async function writeModel(): Promise<void> {
  const { mean, cohort, calibration } = made;
  const pathOf = (name: string) => join(options.model, name);
  const { perCorpus, voices } = options.cohort;
  await writeFile(pathOf("cohort.bin"), bytesOf(cohort.rows));
  await writeFile(pathOf("calibration.json"), wrappedJson(calibration.file));
  await copyFile(GOLDEN_SAMPLE, pathOf("golden.wav"));
  const digest = async (name: string) => sha256Of(await readFile(pathOf(name)));
  const whole: BuiltManifest = {
    ...manifest,
    ...(mean && { mean }),
    golden: { ...manifest.golden, sha256: await digest("golden.wav") },
    cohort: {
      ...manifest.cohort,
      sha256: await digest("cohort.bin"),
      size: cohort.size,
      source: `${ROWS[voices]}, ${perCorpus ? `at most ${perCorpus} speakers of a corpus` : "all speakers"}`,
    },
    calibration: { ...manifest.calibration, sha256: await digest("calibration.json") },
    errorRates: { heldOutEer: calibration.eer },
  };
  const save = () => writeFile(pathOf("model.json"), wrappedJson(whole));
  await save();
  whole.golden.embedding = await goldenEmbedding(await readFile(pathOf("golden.wav")));
  await save();
  const { duplicates, trials, eer } = calibration;
  console.log(JSON.stringify({ cohort: cohort.size, trials, duplicates, heldOutEer: eer }));
}

async function goldenEmbedding(bytes: Uint8Array): Promise<number[]> {
  const loaded = await loadModel(options.model);
  const { embedding } = await loaded.embed({ bytes }).finally(() => loaded.release());
  if (!embedding) throw new RangeError("the golden clip contains no speech");
  return [...embedding].map((x) => Number(x.toFixed(6)));
}

function centeredEmbed(embedClip: EmbedClip, mean: readonly number[]): EmbedClip {
  return async (clip) => {
    const embedded = await embedClip(clip);
    const { embedding } = embedded;
    return { ...embedded, embedding: embedding && centered(embedding, mean) };
  };
}

function centeredBy(mean: readonly number[]): (one: CohortVoice) => CohortVoice {
  return (one) => ({ ...one, voice: centered(one.voice, mean) });
}

function bytesOf(rows: Float32Array): Uint8Array {
  return new Uint8Array(rows.buffer);
}
