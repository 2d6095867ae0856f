import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import * as z from "zod";
import { sha256Of } from "../../sha256.ts";
import { wrappedJson } from "../../wrapped-json.ts";
import { openBundle } from "../model/bundle.ts";
import { BUNDLED_MODEL } from "../model/bundled-model.ts";
import { loadModel } from "../model/load.ts";
import { identityOf, ModelManifest, readModelManifest } from "../model/manifest.ts";
import { diskFull, isDiskFull } from "./download-errors.ts";
import { inspectNetwork } from "./inspect.ts";
import { installedModels, libraryFolder, makeLibrary, refused } from "./library.ts";

/**
 * The part of a manifest that a person must state; the rest is read from the network. See
 * docs/models.md.
 */
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
  // A complete model.json is also accepted as a draft.
  .extend({ id: z.string().optional(), file: z.string().optional() });
export type ManifestDraft = z.infer<typeof ManifestDraft>;

const NETWORK = "model.onnx";
/**
 * This project's models accept clips from 0.3 s. Other models were hardly measured on shorter ones.
 */
const MIN_SPEECH_SECONDS = 0.3;
const STALE_MS = 3_600_000;

/**
 * Installs a network in the data folder, where `chooseModel` finds it. Opens it, probes it and
 * embeds a clip with it first. If anything fails, no files remain.
 *
 * network      the ONNX file
 * partsFolder  the folder with the draft's other files (cohort, calibration, golden clip)
 *
 * Rejects with `validation-failed` for faults of the file or its manifest.
 */
export async function installModel(
  data: string,
  { network, draft, partsFolder }: { network: string; draft: ManifestDraft; partsFolder: string },
): Promise<ModelManifest> {
  await refuseTaken(data, draft.name);
  await makeLibrary(data);
  await removeStale(data);
  const staging = join(libraryFolder(data), `.installing-${randomBytes(8).toString("hex")}`);
  const folder = join(staging, draft.name);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await copyFile(network, join(folder, NETWORK), constants.COPYFILE_FICLONE);
    const manifest = await tested(folder, await manifestOf(folder, draft, partsFolder));
    // Install by one rename, so that the model is there completely or not at all.
    await rename(folder, join(libraryFolder(data), draft.name)).catch(async (error) => {
      await refuseTaken(data, draft.name);
      throw error;
    });
    return manifest;
  } catch (error) {
    throw isDiskFull(error) ? diskFull(folder, undefined) : error;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

export async function refuseTaken(data: string, name: string): Promise<void> {
  const { models, parts, broken } = await installedModels(data);
  if (models.some(({ manifest, bundled }) => bundled && manifest.name === name))
    throw refused(`${name} is the name of the bundled model. Choose another name.`);
  const exists =
    [...models, ...parts].some(({ manifest }) => manifest.name === name) ||
    broken.some((one) => one.name === name);
  if (exists)
    throw refused(
      `A model ${name} is already installed. Remove it first with: voiceroll models remove ${name}`,
    );
}

/** Rejects a file that isn't the one that its manifest states, if it states one. */
export function refuseOtherDigest(sha256: string, stated: { sha256?: string | undefined }): void {
  if (stated.sha256 !== undefined && stated.sha256 !== sha256)
    throw refused(
      `The file has sha256 ${sha256}, but its manifest states ${stated.sha256}. Check which one is right.`,
    );
}

/**
 * Returns the complete manifest and copies its files; without a golden clip it uses the bundled
 * model's.
 */
async function manifestOf(folder: string, draft: ManifestDraft, partsFolder: string): Promise<ModelManifest> {
  const bytes = await readFile(join(folder, NETWORK));
  const sha256 = sha256Of(bytes);
  refuseOtherDigest(sha256, draft);
  const { features, dimension, mean } = draft;
  if (mean && mean.length !== dimension)
    throw refused(`The manifest's mean has ${mean.length} values, but its dimension is ${dimension}.`);
  const names = await inspectNetwork(bytes, { ...draft, features, dimension });
  const { vad: _, golden, ...stated } = draft;
  for (const part of [golden, stated.cohort, stated.calibration, stated.speakersCheck, stated.voiceSpace])
    if (part) await copyPart(join(partsFolder, part.file), join(folder, part.file));
  return {
    ...stated,
    ...names,
    description: stated.description ?? "",
    license: stated.license ?? "not stated",
    trainedOn: stated.trainedOn ?? [],
    minSpeechSeconds: stated.minSpeechSeconds ?? MIN_SPEECH_SECONDS,
    file: NETWORK,
    sha256,
    id: identityOf({ sha256, output: names.output, features, mean }),
    golden: golden ?? (await bundledGolden(folder)),
  };
}

/**
 * Copies the bundled model's clip. Its embedding by the new model becomes the reference for later
 * checks.
 */
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

/**
 * Opens the model like the server, with cohort and calibration, and checks it against the golden
 * embedding.
 */
async function tested(folder: string, manifest: ModelManifest): Promise<ModelManifest> {
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
    throw refused(`The manifest names ${basename(from)}, but ${dirname(from)} has no such file.`);
  });
}

const save = (folder: string, manifest: ModelManifest) =>
  writeFile(join(folder, "model.json"), wrappedJson(manifest));

/** Deletes the files of killed installations and removals. */
async function removeStale(data: string): Promise<void> {
  for (const name of await readdir(libraryFolder(data))) {
    if (!/^\.(installing|removed)-/.test(name)) continue;
    const path = join(libraryFolder(data), name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > STALE_MS) await rm(path, { recursive: true, force: true });
  }
}
