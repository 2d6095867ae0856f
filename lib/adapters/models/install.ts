import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import * as z from "zod";
import { sha256Of } from "../../sha256.ts";
import { wrappedJson } from "../../wrapped-json.ts";
import { BUNDLED_MODEL, openBundle } from "../model/bundle.ts";
import { loadModel } from "../model/load.ts";
import { identityOf, ModelManifest, readModelManifest } from "../model/manifest.ts";
import { diskFull, isDiskFull } from "./download-errors.ts";
import { inspectNetwork } from "./inspect.ts";
import { installedModels, libraryFolder, makeLibrary, refused } from "./library.ts";

/** What a person has to say of a network; the rest the network tells itself. docs/models.md describes it. */
export const ManifestDraft = ModelManifest.omit({ id: true, file: true })
  .partial({
    sha256: true,
    input: true,
    output: true,
    minSpeechSeconds: true,
    golden: true,
    description: true,
    license: true,
    trainedOn: true,
  })
  // A whole model.json is a draft too.
  .extend({ id: z.string().optional(), file: z.string().optional() });
export type ManifestDraft = z.infer<typeof ManifestDraft>;

const NETWORK = "model.onnx";
/** The project's own models take clips of 0.3 s; others were hardly measured on shorter ones. */
const MIN_SPEECH_SECONDS = 0.3;
const STALE_MS = 3_600_000;

/**
 * Puts a network into the data folder's models, where `chooseModel` finds it. It is opened, probed and heard with first;
 * whatever fails, nothing is left behind.
 *
 * network  the ONNX file
 * beside   the folder that the draft's other files (cohort, calibration, golden clip) are in
 * Rejects with `validation-failed` for what is wrong with the file or its manifest.
 */
export async function installModel(
  data: string,
  { network, draft, beside }: { network: string; draft: ManifestDraft; beside: string },
): Promise<ModelManifest> {
  await refuseTaken(data, draft.name);
  await makeLibrary(data);
  await removeStale(data);
  const bench = join(libraryFolder(data), `.installing-${randomBytes(8).toString("hex")}`);
  const folder = join(bench, draft.name);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await copyFile(network, join(folder, NETWORK), constants.COPYFILE_FICLONE);
    const manifest = await rehearsed(folder, await manifestOf(folder, draft, beside));
    // The moment of installation: before it nothing is there, after it everything.
    await rename(folder, join(libraryFolder(data), draft.name)).catch(async (error) => {
      await refuseTaken(data, draft.name);
      throw error;
    });
    return manifest;
  } catch (error) {
    throw isDiskFull(error) ? diskFull(folder, undefined) : error;
  } finally {
    await rm(bench, { recursive: true, force: true });
  }
}

export async function refuseTaken(data: string, name: string): Promise<void> {
  const { models, broken } = await installedModels(data);
  if (models.some(({ manifest, bundled }) => bundled && manifest.name === name))
    throw refused(`${name} is the bundled model's name; choose another.`);
  const taken =
    models.some(({ manifest }) => manifest.name === name) || broken.some((one) => one.name === name);
  if (taken)
    throw refused(
      `A model ${name} is installed already; remove it first with voiceroll models remove ${name}.`,
    );
}

/** The whole manifest, with the files that it names beside it; without a golden clip of its own it gets the bundled one. */
async function manifestOf(folder: string, draft: ManifestDraft, beside: string): Promise<ModelManifest> {
  const bytes = await readFile(join(folder, NETWORK));
  const sha256 = sha256Of(bytes);
  if (draft.sha256 !== undefined && draft.sha256 !== sha256)
    throw refused(`The file has sha256 ${sha256}, its manifest says ${draft.sha256}: it is another file.`);
  const { features, dimension, mean } = draft;
  if (mean && mean.length !== dimension)
    throw refused(`The manifest's mean has ${mean.length} values, its dimension is ${dimension}.`);
  const names = await inspectNetwork(bytes, { ...draft, melBins: features.melBins, dimension });
  const { vad: _, golden, ...said } = draft;
  for (const part of [golden, said.cohort, said.calibration])
    if (part) await copyPart(join(beside, part.file), join(folder, part.file));
  return {
    ...said,
    ...names,
    description: said.description ?? "",
    license: said.license ?? "not stated",
    trainedOn: said.trainedOn ?? [],
    minSpeechSeconds: said.minSpeechSeconds ?? MIN_SPEECH_SECONDS,
    file: NETWORK,
    sha256,
    id: identityOf({ sha256, output: names.output, features, mean }),
    golden: golden ?? (await bundledGolden(folder)),
  };
}

/** The bundled model's clip: what the new model makes of it now is what it must make of it ever after. */
async function bundledGolden(folder: string): Promise<ModelManifest["golden"]> {
  const { golden } = await readModelManifest(BUNDLED_MODEL);
  await copyFile(join(BUNDLED_MODEL, golden.file), join(folder, golden.file));
  return { ...golden, embedding: [] };
}

async function goldenEmbedding(folder: string): Promise<number[]> {
  const { file } = (await readModelManifest(folder)).golden;
  const loaded = await loadModel(folder);
  try {
    const { embedding } = await loaded.embed(
      { bytes: await readFile(join(folder, file)) },
      { evenWithoutSpeech: true },
    );
    if (!embedding) throw new RangeError("the golden clip has no frames");
    return [...embedding].map((x) => Number(x.toFixed(6)));
  } finally {
    await loaded.release();
  }
}

/** Opened as the server opens it, cohort and calibration too, and checked against the golden embedding. */
async function rehearsed(folder: string, manifest: ModelManifest): Promise<ModelManifest> {
  try {
    await save(folder, manifest);
    const { golden } = manifest;
    const embedding = golden.embedding.length > 0 ? golden.embedding : await goldenEmbedding(folder);
    const whole = { ...manifest, golden: { ...golden, embedding } };
    await save(folder, whole);
    const { embedder } = await openBundle({ workers: 0, folder });
    await embedder.check().finally(() => embedder.close());
    return whole;
  } catch (error) {
    if (isDiskFull(error)) throw error;
    throw refused(error instanceof Error ? error.message.replaceAll(`${folder}/`, "") : String(error));
  }
}

async function copyPart(from: string, to: string): Promise<void> {
  await copyFile(from, to).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    throw refused(`The manifest names ${basename(from)}, and there is no such file in ${dirname(from)}.`);
  });
}

const save = (folder: string, manifest: ModelManifest) =>
  writeFile(join(folder, "model.json"), wrappedJson(manifest));

/** What installations and removals that were killed left behind. */
async function removeStale(data: string): Promise<void> {
  for (const name of await readdir(libraryFolder(data))) {
    if (!/^\.(installing|removed)-/.test(name)) continue;
    const path = join(libraryFolder(data), name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > STALE_MS) await rm(path, { recursive: true, force: true });
  }
}
