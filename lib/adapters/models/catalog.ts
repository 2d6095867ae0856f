import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import * as z from "zod";
import { readInput } from "../../input-file.ts";
import { faultsIn, readModelManifest } from "../model/manifest.ts";
import { ManifestDraft } from "./install.ts";
import { refused } from "./library.ts";
import { SegmentationDraft, SpoofDraft } from "./parts.ts";

/**
 * models/catalog.json: models from their publishers, each with the front end it was trained with.
 */
const BUILT_IN_CATALOG = join(import.meta.dirname, "../../../models/catalog.json");

const PUBLISHED = {
  description: z.string(),
  license: z.string(),
  trainedOn: z.array(z.string()),
  /** Why people choose it, of the few that we have measured. */
  recommendedFor: z.string().optional(),
  /** URL of the ONNX file itself. */
  address: z.url({ protocol: /^https?$/ }).optional(),
  /** Without an address: a sentence that says how to get the file, without a period. */
  toGetIt: z.string().optional(),
  /** Size of the file, for people and for the check of free disk space. */
  bytes: z.int().positive().optional(),
};
const ModelDraft = ManifestDraft.extend({ kind: z.undefined().optional() });
const CatalogEntry = ModelDraft.extend(PUBLISHED);
const SegmentationEntry = SegmentationDraft.extend(PUBLISHED);
const SpoofEntry = SpoofDraft.extend(PUBLISHED);
const Catalog = z.array(z.discriminatedUnion("kind", [CatalogEntry, SegmentationEntry, SpoofEntry]));
/** A network that is no speaker model. */
export type PartEntry = z.infer<typeof SegmentationEntry> | z.infer<typeof SpoofEntry>;
export type CatalogEntry = z.infer<typeof CatalogEntry> & {
  /** The folder of the cohort, the calibration and the golden clip that the entry names. */
  partsFolder?: string;
};

/** Returns the models, each with what was measured for it, if the catalog has that. */
export async function readCatalog(path = BUILT_IN_CATALOG): Promise<readonly CatalogEntry[]> {
  const entries = await readJson(Catalog, path);
  const models = entries.filter((entry) => entry.kind === undefined);
  return Promise.all(
    models.map(async (entry) => ({ ...entry, ...(await measuredFor(entry, dirname(path))) })),
  );
}

/** Returns the networks of the catalog that are no speaker models. */
export async function readParts(path = BUILT_IN_CATALOG): Promise<readonly PartEntry[]> {
  return (await readJson(Catalog, path)).filter((entry) => entry.kind !== undefined);
}

export const partNamed = async (name: string, path?: string): Promise<PartEntry | undefined> =>
  (await readParts(path)).find((part) => part.name === name);

export async function entryNamed(name: string, path?: string): Promise<CatalogEntry> {
  const entries = await readCatalog(path);
  const found = entries.find((entry) => entry.name === name);
  if (found) return found;
  const names = [...entries, ...(await readParts(path))].map((entry) => entry.name).join(", ");
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

const Draft = z.discriminatedUnion("kind", [ModelDraft, SegmentationDraft, SpoofDraft]);
/** Of a model, or of a part. */
export type Draft = z.infer<typeof Draft>;

/** Reads the user's own manifest, for `models add`. */
export const readDraft = (path: string): Promise<Draft> => readJson(Draft, path);

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
