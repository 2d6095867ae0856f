import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { AppError } from "../../error.ts";
import { BUNDLED_MODEL } from "../model/bundle.ts";
import { type ModelManifest, ModelName, modelUnavailable, readModelManifest } from "../model/manifest.ts";

/** The models of one data folder: the bundled one, and those in `<data>/models/<name>`. */
export type InstalledModel = { folder: string; manifest: ModelManifest; bundled: boolean; active: boolean };

/** A model on the shelf that does not open, and why. */
export type BrokenModel = { folder: string; name: string; fault: string };

export const libraryFolder = (data: string): string => join(data, "models");
const choiceFile = (data: string): string => join(libraryFolder(data), "active.json");

/**
 * The folder of the model that this data folder uses: the bundled one unless `chooseModel` said otherwise.
 * Rejects with `model-unavailable` where the chosen one is not there any more: another model's vectors would not fit.
 */
export async function activeModel(data: string): Promise<string> {
  const name = await chosenName(data);
  if (name === undefined) return BUNDLED_MODEL;
  const folder = join(libraryFolder(data), name);
  await readModelManifest(folder).catch((cause) => {
    const fault = cause instanceof Error ? cause.message : String(cause);
    throw modelUnavailable(
      new Error(
        `${name}, which ${choiceFile(data)} names, is not whole (${fault}); install it again, or choose another with voiceroll models use`,
      ),
    );
  });
  return folder;
}

/** Every model that can be used here, the bundled one first, then by name; what does not open is listed apart. */
export async function installedModels(
  data: string,
): Promise<{ models: readonly InstalledModel[]; broken: readonly BrokenModel[] }> {
  const active = await chosenName(data);
  const bundled = await readModelManifest(BUNDLED_MODEL);
  const models: InstalledModel[] = [
    { folder: BUNDLED_MODEL, manifest: bundled, bundled: true, active: active === undefined },
  ];
  const broken: BrokenModel[] = [];
  for (const name of await installedNames(data)) {
    const folder = join(libraryFolder(data), name);
    try {
      const manifest = await readModelManifest(folder);
      models.push({ folder, manifest, bundled: false, active: active === name });
    } catch (error) {
      broken.push({ folder, name, fault: error instanceof Error ? error.message : String(error) });
    }
  }
  return { models, broken };
}

/** From now on this data folder uses the model of that name; a running server does when it starts again. */
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

/** Takes an installed model away; the one in use and the bundled one are refused. */
export async function removeModel(data: string, name: string): Promise<void> {
  const { broken } = await installedModels(data);
  const ruin = broken.find((one) => one.name === name);
  const model = ruin ?? (await requireModelNamed(data, name));
  if ("bundled" in model && model.bundled)
    throw refused(`${name} comes with Voiceroll; it cannot be removed.`);
  if ((await chosenName(data)) === name)
    throw refused(`${name} is in use; choose another first with voiceroll models use.`);
  // Out of sight first: a removal that is cut off leaves nothing that looks installed.
  const gone = join(libraryFolder(data), `.removed-${name}-${process.pid}`);
  await rename(model.folder, gone);
  await rm(gone, { recursive: true, force: true });
}

async function requireModelNamed(data: string, name: string): Promise<InstalledModel> {
  const { models } = await installedModels(data);
  const found = models.find(({ manifest }) => manifest.name === name);
  if (found) return found;
  const names = models.map(({ manifest }) => manifest.name).join(", ");
  throw refused(`No model ${name} is installed here; there are: ${names}. voiceroll models list shows all.`);
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
      new Error(`${choiceFile(data)} does not say which model is used; voiceroll models use NAME writes it`),
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
