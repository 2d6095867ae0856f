/**
 * `npm run build:lambda`: builds dist/lambda/<architecture>, ready to be zipped. docs/lambda.md
 * lists its contents.
 */
import { mkdir, rename, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { copyAssets } from "./assets.ts";
import { bundleEntries } from "./bundle.ts";
import { checkSize, filesIn, sealFiles, sizeLines } from "./files.ts";
import { modelFolder } from "./model-folder.ts";

export const ROOT = join(import.meta.dirname, "../..");
export const ARCHITECTURES = ["arm64", "x64"] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/**
 * The deployed functions: functions/aws/<name>.ts becomes <name>.mjs with the handler
 * `<name>.handler`.
 */
export const ENTRIES = [
  "lambda",
  "worker-upload",
  "worker-job",
  "sweeper",
  "gallery-builder",
  "admin",
] as const;

const BUNDLED_NAME = "ecapa-c256";

/** Limit on the unzipped size. Lambda allows 250 MB, but a cold start loads every megabyte. */
const MAX_MB: Record<Architecture, number> = { arm64: 80, x64: 100 };

export type Build = {
  architecture: Architecture;
  /** Output folder. Its previous contents are deleted. */
  folder: string;
  /** Source file of each entry, by the name of its bundle. */
  entries: Record<string, string>;
  /** Model folder, such as models/<name>. */
  model: string;
};

/**
 * Builds one folder. Rejects with an Error that says what to do if a source is missing or the
 * folder is too large.
 */
export async function buildLambda({ architecture, folder, entries, model }: Build): Promise<void> {
  const fresh = `${folder}.new`;
  const maps = mapsOf(folder);
  for (const made of [fresh, maps]) {
    await rm(made, { recursive: true, force: true });
    await mkdir(made, { recursive: true });
  }
  await bundleEntries(ROOT, entries, { folder: fresh, maps });
  await copyAssets(ROOT, { architecture, folder: fresh, model });
  await sealFiles(fresh);
  checkSize(await filesIn(fresh), MAX_MB[architecture]);
  await rm(folder, { recursive: true, force: true });
  await rename(fresh, folder);
}

/** Where the source maps of a built folder are. */
export const mapsOf = (folder: string): string => `${folder}.maps`;

export const deployedEntries = (): Record<string, string> =>
  Object.fromEntries(ENTRIES.map((name) => [name, join(ROOT, `functions/aws/${name}.ts`)]));

if (import.meta.main) {
  const chosen = process.env.VOICEROLL_MODEL || BUNDLED_NAME;
  const { values } = parseArgs({ options: { model: { type: "string", default: chosen } } });
  const model = await modelFolder(ROOT, values.model, join(ROOT, "dist"));
  for (const architecture of ARCHITECTURES) {
    const folder = join(ROOT, "dist/lambda", architecture);
    await buildLambda({ architecture, folder, entries: deployedEntries(), model });
    console.log(`${relative(process.cwd(), folder)}\n${sizeLines(await filesIn(folder)).join("\n")}\n`);
  }
}
