import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { AppError } from "../../error.ts";
import { BUNDLED_MODEL } from "../model/bundled-model.ts";
import { type ModelManifest, ModelName, modelUnavailable, readModelManifest } from "../model/manifest.ts";
import { PART_FILE, type PartFolders, type PartManifest, readPart } from "../model/part.ts";

/** A model of a data folder: the bundled one, or one in `<data>/models/<name>`. */
export type InstalledModel = { folder: string; manifest: ModelManifest; bundled: boolean; active: boolean };

/** An installed network that is no speaker model, in `<data>/models/<name>`. */
export type InstalledPart = { folder: string; manifest: PartManifest };

/** An installed model that can't be opened, and why. */
export type BrokenModel = { folder: string; name: string; fault: string };

export const libraryFolder = (data: string): string => join(data, "models");
const choiceFile = (data: string): string => join(libraryFolder(data), "active.json");

/**
 * Returns the folder of the data folder's active model: the bundled one unless `chooseModel` chose
 * another.
 *
 * Rejects with `model-unavailable` if the chosen model is missing. Falling back to another model
 * would be wrong, because its vectors can't be compared with the stored ones.
 */
export async function activeModel(data: string): Promise<string> {
  const name = await chosenName(data);
  if (name === undefined) return BUNDLED_MODEL;
  const folder = join(libraryFolder(data), name);
  await readModelManifest(folder).catch((cause) => {
    const fault = cause instanceof Error ? cause.message : String(cause);
    throw modelUnavailable(
      new Error(
        `${name}, the active model in ${choiceFile(data)}, is incomplete (${fault}). Install it again, or ` +
          "choose another model with: voiceroll models use",
      ),
    );
  });
  return folder;
}

/** Returns the folders of the installed parts, at most one of each kind. */
export async function partFolders(data: string): Promise<PartFolders> {
  const folders = (await installedNames(data)).map((name) => join(libraryFolder(data), name)).filter(isPart);
  const kinds = await Promise.all(folders.map(async (folder) => [(await readPart(folder)).kind, folder]));
  return Object.fromEntries(kinds);
}

const isPart = (folder: string): boolean => existsSync(join(folder, PART_FILE));

export type Library = {
  models: readonly InstalledModel[];
  parts: readonly InstalledPart[];
  broken: readonly BrokenModel[];
};

/**
 * Returns every usable model, the bundled one first, then by name. Parts, and models that can't be
 * opened, are listed separately.
 */
export async function installedModels(data: string): Promise<Library> {
  const active = await chosenName(data);
  const bundled = await readModelManifest(BUNDLED_MODEL);
  const models: InstalledModel[] = [
    { folder: BUNDLED_MODEL, manifest: bundled, bundled: true, active: active === undefined },
  ];
  const parts: InstalledPart[] = [];
  const broken: BrokenModel[] = [];
  for (const name of await installedNames(data)) {
    const folder = join(libraryFolder(data), name);
    try {
      if (isPart(folder)) {
        parts.push({ folder, manifest: await readPart(folder) });
        continue;
      }
      const manifest = await readModelManifest(folder);
      models.push({ folder, manifest, bundled: false, active: active === name });
    } catch (error) {
      broken.push({ folder, name, fault: error instanceof Error ? error.message : String(error) });
    }
  }
  return { models, parts, broken };
}

/** Makes a model the data folder's active one. A running server uses it after a restart. */
export async function chooseModel(data: string, name: string): Promise<InstalledModel> {
  const model = await requireModelNamed(data, name);
  const file = choiceFile(data);
  if (model.bundled) {
    await rm(file, { force: true });
  } else {
    await writeFile(`${file}.${process.pid}`, `${JSON.stringify({ name })}\n`);
    await rename(`${file}.${process.pid}`, file);
  }
  return { ...model, active: true };
}

/** Removes an installed model or part. Rejects for the active one and the bundled one. */
export async function removeModel(data: string, name: string): Promise<void> {
  const { parts, broken } = await installedModels(data);
  const other =
    broken.find((one) => one.name === name) ?? parts.find(({ manifest }) => manifest.name === name);
  const model = other ?? (await requireModelNamed(data, name));
  if ("bundled" in model && model.bundled)
    throw refused(`${name} comes with Voiceroll and can't be removed.`);
  if ((await chosenName(data)) === name)
    throw refused(`${name} is in use. Choose another model first with: voiceroll models use`);
  // Rename before deleting, so that an interrupted removal never leaves a half-deleted model that
  // looks installed.
  const removed = join(libraryFolder(data), `.removed-${name}-${process.pid}`);
  await rename(model.folder, removed);
  await rm(removed, { recursive: true, force: true });
}

async function requireModelNamed(data: string, name: string): Promise<InstalledModel> {
  const { models, parts } = await installedModels(data);
  const found = models.find(({ manifest }) => manifest.name === name);
  if (found) return found;
  if (parts.some(({ manifest }) => manifest.name === name))
    throw refused(
      `${name} is no speaker model but a part: diarize uses it as long as it is installed. ` +
        "To see the models: voiceroll models list",
    );
  const names = models.map(({ manifest }) => manifest.name).join(", ");
  throw refused(`No model ${name} is installed here. Installed: ${names}. To see all: voiceroll models list`);
}

export const refused = (detail: string): AppError => new AppError("validation-failed", detail);

const Choice = z.strictObject({ name: ModelName });

async function chosenName(data: string): Promise<string | undefined> {
  const text = await readFile(choiceFile(data), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw modelUnavailable(error);
  });
  if (text === undefined) return undefined;
  try {
    return Choice.parse(JSON.parse(text)).name;
  } catch {
    throw modelUnavailable(
      new Error(`${choiceFile(data)} is invalid. Rewrite it with: voiceroll models use NAME`),
    );
  }
}

async function installedNames(data: string): Promise<string[]> {
  const entries = await readdir(libraryFolder(data), { withFileTypes: true }).catch(() => []);
  return entries
    .filter((one) => one.isDirectory() && ModelName.safeParse(one.name).success)
    .map((one) => one.name)
    .sort();
}

export const makeLibrary = (data: string) => mkdir(libraryFolder(data), { recursive: true, mode: 0o700 });
