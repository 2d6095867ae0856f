import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { FileName, ModelName, Sha256 } from "./manifest.ts";

const common = {
  name: ModelName,
  description: z.string(),
  license: z.string(),
  trainedOn: z.array(z.string()),
  source: z.string().optional(),
  file: FileName,
  sha256: Sha256,
};

/** Hears who of at most three people speaks when. */
export const SegmentationManifest = z.strictObject({ kind: z.literal("segmentation"), ...common });

/** Scores whether a voice is a live person's. */
export const SpoofManifest = z.strictObject({
  kind: z.literal("spoof"),
  ...common,
  license: z.string().min(1),
  /** Which of two outputs is bona fide speech. Not needed for a network with one output. */
  bonaFide: z.int().min(0).max(1).optional(),
  /** As published, in percent. */
  errorRates: z.array(z.strictObject({ set: z.string().min(1), eer: z.number().min(0).max(100) })).min(1),
});

/** part.json: a network that is no speaker model, in a folder of its own next to the models. */
export const PartManifest = z.discriminatedUnion("kind", [SegmentationManifest, SpoofManifest]);
export type PartManifest = z.infer<typeof PartManifest>;
export type PartKind = PartManifest["kind"];

/** The folders of the installed parts, by kind. */
export type PartFolders = { readonly [Kind in PartKind]?: string | undefined };

export const PART_FILE = "part.json";
export const readPart = async (folder: string): Promise<PartManifest> =>
  PartManifest.parse(JSON.parse(await readFile(join(folder, PART_FILE), "utf8")));
