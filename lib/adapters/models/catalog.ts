import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { faultsIn } from "../model/manifest.ts";
import { ManifestDraft } from "./install.ts";
import { refused } from "./library.ts";

/** models/catalog.json: models that their publishers give out, with the front end that each was trained with. */
const BUILT_IN_CATALOG = join(import.meta.dirname, "../../../models/catalog.json");

const CatalogEntry = ManifestDraft.extend({
  description: z.string(),
  license: z.string(),
  trainedOn: z.array(z.string()),
  /** Of the ONNX file itself. */
  address: z.url({ protocol: /^https?$/ }),
  /** Of the file; for people, and for the disk. */
  bytes: z.int().positive().optional(),
});
export type CatalogEntry = z.infer<typeof CatalogEntry>;

export const readCatalog = (path = BUILT_IN_CATALOG): Promise<readonly CatalogEntry[]> =>
  readJson(z.array(CatalogEntry), path);

export async function entryNamed(name: string, path?: string): Promise<CatalogEntry> {
  const entries = await readCatalog(path);
  const found = entries.find((entry) => entry.name === name);
  if (found) return found;
  const names = entries.map((entry) => entry.name).join(", ");
  throw refused(`The catalog has no model ${name}; it has: ${names}.`);
}

/** A manifest of one's own, for `models add`. */
export const readDraft = (path: string): Promise<ManifestDraft> => readJson(ManifestDraft, path);

async function readJson<T>(schema: z.ZodType<T>, path: string): Promise<T> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw refused(`Cannot read ${path}: ${error.code === "ENOENT" ? "there is no such file" : error.code}.`);
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw refused(`${path} is not JSON; docs/models.md shows a manifest.`);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw refused(`${path}: ${faultsIn(parsed.error)} docs/models.md shows a manifest.`);
}
