import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import * as z from "zod";
import { readInput } from "../../input-file.ts";
import { faultsIn, readModelManifest } from "../model/manifest.ts";
import { ManifestDraft } from "./install.ts";
import { refused } from "./library.ts";

/**
 * models/catalog.json: models from their publishers, each with the front end it was trained with.
 */
const BUILT_IN_CATALOG = join(import.meta.dirname, "../../../models/catalog.json");

const CatalogEntry = ManifestDraft.extend({
  description: z.string(),
  license: z.string(),
  trainedOn: z.array(z.string()),
  /** URL of the ONNX file itself. */
  address: z.url({ protocol: /^https?$/ }),
  /** Size of the file, for people and for the check of free disk space. */
  bytes: z.int().positive().optional(),
});
export type CatalogEntry = z.infer<typeof CatalogEntry> & {
  /** The folder of the cohort, the calibration and the golden clip that the entry names. */
  partsFolder?: string;
};

/** Returns the entries, each with what was measured for it, if the catalog has that. */
export async function readCatalog(path = BUILT_IN_CATALOG): Promise<readonly CatalogEntry[]> {
  const entries = await readJson(z.array(CatalogEntry), path);
  return Promise.all(
    entries.map(async (entry) => ({ ...entry, ...(await measuredFor(entry, dirname(path))) })),
  );
}

export async function entryNamed(name: string, path?: string): Promise<CatalogEntry> {
  const entries = await readCatalog(path);
  const found = entries.find((entry) => entry.name === name);
  if (found) return found;
  const names = entries.map((entry) => entry.name).join(", ");
  throw refused(`The catalog has no model ${name}. It has: ${names}.`);
}

/**
 * Reads what models/build made with the same weights: a folder of a built model next to the
 * catalog, without the network. The publisher's file can have another digest than the file that was
 * measured, if it stores the weights in another precision.
 */
async function measuredFor(
  { name }: { name: string },
  catalogFolder: string,
): Promise<Partial<CatalogEntry>> {
  const partsFolder = join(catalogFolder, name);
  if (!existsSync(join(partsFolder, "model.json"))) return {};
  const { cohort, calibration, golden, frames, minSpeechSeconds, errorRates, voiceSpace, speakersCheck } =
    await readModelManifest(partsFolder);
  const stated = { frames, minSpeechSeconds, errorRates };
  return { cohort, calibration, golden, voiceSpace, speakersCheck, ...stated, partsFolder };
}

/** Reads the user's own manifest, for `models add`. */
export const readDraft = (path: string): Promise<ManifestDraft> => readJson(ManifestDraft, path);

async function readJson<T>(schema: z.ZodType<T>, path: string): Promise<T> {
  const text = (await readInput(path)).toString("utf8");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw refused(`${path} isn't valid JSON. See docs/models.md for an example.`);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw refused(`${path}: ${faultsIn(parsed.error)} See docs/models.md for an example.`);
}
