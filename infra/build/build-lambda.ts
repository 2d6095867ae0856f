/** `npm run build:lambda`: dist/lambda/<architecture>/, ready to be zipped. docs/lambda.md says what is in it. */
import { mkdir, rename, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { copyAssets } from "./assets.ts";
import { bundleEntries } from "./bundle.ts";
import { checkSize, filesIn, sealFiles, sizeLines } from "./files.ts";

export const ROOT = join(import.meta.dirname, "../..");
export const ARCHITECTURES = ["arm64", "x64"] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/** Every function that is deployed: functions/aws/<name>.ts becomes <name>.mjs, its handler is `<name>.handler`. */
export const ENTRIES = ["lambda", "worker-upload", "worker-job", "sweeper", "gallery-builder"] as const;

/** Unzipped. Lambda allows 250 MB; every megabyte is fetched at a cold start. */
export const MAX_MB: Record<Architecture, number> = { arm64: 80, x64: 100 };

export type Build = {
  architecture: Architecture;
  /** Made anew; what stood there is gone. */
  folder: string;
  /** Source files by the name their bundle gets. */
  entries: Record<string, string>;
  /** models/<name>: what the functions embed with. */
  model: string;
};

/** Rejects with an Error that says what to do where a source is missing or the folder becomes too large. */
export async function buildLambda({ architecture, folder, entries, model }: Build): Promise<void> {
  const fresh = `${folder}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  await bundleEntries(ROOT, entries, fresh);
  await copyAssets(ROOT, { architecture, folder: fresh, model });
  await sealFiles(fresh);
  checkSize(await filesIn(fresh), MAX_MB[architecture]);
  await rm(folder, { recursive: true, force: true });
  await rename(fresh, folder);
}

export const deployedEntries = (): Record<string, string> =>
  Object.fromEntries(ENTRIES.map((name) => [name, join(ROOT, `functions/aws/${name}.ts`)]));

if (import.meta.main) {
  const { values } = parseArgs({ options: { model: { type: "string", default: "models/ecapa-c256" } } });
  for (const architecture of ARCHITECTURES) {
    const folder = join(ROOT, "dist/lambda", architecture);
    await buildLambda({ architecture, folder, entries: deployedEntries(), model: values.model });
    console.log(`${relative(process.cwd(), folder)}\n${sizeLines(await filesIn(folder)).join("\n")}\n`);
  }
}
