/**
 * `npm run build:lambda`: builds dist/lambda/<architecture>/<function>, ready to be zipped.
 * docs/lambda.md lists their contents.
 */
import { mkdir, rename, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { copyAssets } from "./assets.ts";
import { bundleEntries } from "./bundle.ts";
import { checkSize, filesIn, sealFiles, sizeLines } from "./files.ts";
import { FUNCTION_PARTS, type FunctionName, type Part } from "./function-parts.ts";
import { modelFolder } from "./model-folder.ts";

export const ROOT = join(import.meta.dirname, "../..");
export const ARCHITECTURES = ["arm64", "x64"] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

export const FUNCTIONS = Object.keys(FUNCTION_PARTS) as FunctionName[];

const BUNDLED_NAME = "ecapa-c256";

/** Of an unzipped function. Lambda allows 250 MB, but a cold start loads every megabyte. */
const MAX_MB: Record<Architecture, number> = { arm64: 80, x64: 100 };

export type Build = {
  architecture: Architecture;
  /** Output folder. Its previous contents are deleted. */
  folder: string;
  /** Source file of each entry, by the name of its bundle. */
  entries: Record<string, string>;
  /** Model folder, such as models/<name>. */
  model: string;
  /** What the entries read at run time. By default everything. */
  parts?: readonly Part[];
};

/**
 * Builds one folder. Rejects with an Error that says what to do if a source is missing or the
 * folder is too large.
 */
export async function buildLambda(build: Build): Promise<void> {
  const { architecture, folder, entries, model, parts = ["network", "pages"] } = build;
  const fresh = `${folder}.new`;
  const maps = mapsOf(folder);
  for (const made of [fresh, maps]) {
    await rm(made, { recursive: true, force: true });
    await mkdir(made, { recursive: true });
  }
  await bundleEntries(ROOT, entries, { folder: fresh, maps });
  await copyAssets(ROOT, { architecture, folder: fresh, model, parts });
  await sealFiles(fresh);
  checkSize(await filesIn(fresh), MAX_MB[architecture]);
  await rm(folder, { recursive: true, force: true });
  await rename(fresh, folder);
}

/** Where the source maps of a built folder are. */
export const mapsOf = (folder: string): string => `${folder}.maps`;

export const entryOf = (name: FunctionName): string => join(ROOT, `functions/aws/${name}.ts`);

/** Builds every deployed function, each into its own folder below `to.folder`. */
export async function buildFunctions(to: Pick<Build, "architecture" | "folder" | "model">): Promise<void> {
  await rm(to.folder, { recursive: true, force: true });
  for (const name of FUNCTIONS)
    await buildLambda({
      ...to,
      folder: join(to.folder, name),
      entries: { [name]: entryOf(name) },
      parts: FUNCTION_PARTS[name],
    });
}

if (import.meta.main) {
  const chosen = process.env.VOICEROLL_MODEL || BUNDLED_NAME;
  const { values } = parseArgs({ options: { model: { type: "string", default: chosen } } });
  const model = await modelFolder(ROOT, values.model, join(ROOT, "dist"));
  for (const architecture of ARCHITECTURES) {
    const folder = join(ROOT, "dist/lambda", architecture);
    await buildFunctions({ architecture, folder, model });
    for (const name of FUNCTIONS) {
      const built = join(folder, name);
      console.log(`${relative(process.cwd(), built)}\n${sizeLines(await filesIn(built), 4).join("\n")}\n`);
    }
  }
}
