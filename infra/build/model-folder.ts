import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { entryNamed } from "../../lib/adapters/models/catalog.ts";
import { installedModels } from "../../lib/adapters/models/library.ts";
import { type PullOptions, pullModel } from "../../lib/adapters/models/pull.ts";

/**
 * Returns the folder of the model to bundle. A name of the catalog is downloaded at the first
 * build, and checked against the catalog's SHA-256 digest.
 *
 * model  a folder, such as data/models/mine; or the name of the bundled model, or of one of the
 *        catalog
 * store  a data folder that keeps downloaded models between builds
 *
 * Rejects with `validation-failed` if the catalog has no such model, or if its file can't be
 * downloaded or has another digest.
 */
export async function modelFolder(
  root: string,
  model: string,
  store: string,
  options: PullOptions & { catalog?: string } = {},
): Promise<string> {
  if (model.includes("/")) return resolve(root, model);
  const included = join(root, "models", model);
  if (existsSync(join(included, "model.onnx"))) return included;
  const folder = await downloaded(store, model);
  if (folder) return folder;
  const { catalog, ...pull } = options;
  await pullModel(store, await entryNamed(model, catalog), pull);
  return join(store, "models", model);
}

async function downloaded(store: string, name: string): Promise<string | undefined> {
  const { models } = await installedModels(store);
  return models.find(({ manifest }) => manifest.name === name)?.folder;
}
