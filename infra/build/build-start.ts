/**
 * `npm run build:start`: bundles the server into a folder below dist/start, which `npm start` runs
 * as long as no source has changed (functions/start/bundle.ts). Start-up takes half the time
 * then: Node reads a dozen files instead of 700, and compiles no TypeScript.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundleFor } from "./bundle.ts";

const ROOT = join(import.meta.dirname, "../..");
/** The server, and the threads that it starts. */
const ENTRIES = {
  "local-server": "functions/local-server.ts",
  "local-jobs": "functions/local-jobs.ts",
  worker: "lib/adapters/model/worker.ts",
  "diarize-worker": "lib/adapters/model/diarize-worker.ts",
  "measure-worker": "lib/evaluate/measure-worker.ts",
  "scan-worker": "lib/adapters/shared/scan-worker.ts",
};
/** From dist/start/<bundle> to the repository, where the model and the console are. */
const TO_ROOT = "/../../..";
/** What also decides what is in the bundle. npm writes the first one at each installation. */
const OTHER_INPUTS = [
  "node_modules/.package-lock.json",
  "infra/build/bundle.ts",
  "infra/build/build-start.ts",
];
/** A server that still runs from an older bundle may read more of its files. */
const KEPT = 3;

/** Builds the bundle. Returns its name below dist/start. Rejects if the folder isn't writable. */
export async function buildStart(root = ROOT): Promise<string> {
  const { outputFiles, inputs } = await bundleFor(root, ENTRIES, { toRoot: TO_ROOT });
  const sources = inputs.filter((path) => !path.startsWith("node_modules/"));
  const stamps = await Promise.all(
    [...sources, ...OTHER_INPUTS].map(async (path) => {
      const { size, mtimeMs } = await stat(join(root, path));
      return [path, size, mtimeMs] as const;
    }),
  );
  const digest = createHash("sha256");
  for (const { contents } of outputFiles) digest.update(contents);
  const name = digest.digest("hex").slice(0, 16);
  const parent = join(root, "dist/start");
  const fresh = join(parent, `${name}.${process.pid}`);
  await mkdir(fresh, { recursive: true });
  for (const file of outputFiles) await writeFile(join(fresh, file.name), file.contents);
  // Another process can have made the same one.
  await rename(fresh, join(parent, name)).catch(() => rm(fresh, { recursive: true }));
  await writeFile(`${fresh}.json`, JSON.stringify({ name, inputs: stamps }));
  await rename(`${fresh}.json`, join(parent, "current.json"));
  await removeOld(parent, name);
  return name;
}

async function removeOld(parent: string, current: string): Promise<void> {
  const folders = (await readdir(parent)).filter((name) => /^[0-9a-f]{16}$/.test(name) && name !== current);
  const made = await Promise.all(
    folders.map(async (name) => ({ name, at: (await stat(join(parent, name))).mtimeMs })),
  );
  made.sort((a, b) => b.at - a.at);
  for (const { name } of made.slice(KEPT - 1)) await rm(join(parent, name), { recursive: true });
}

if (import.meta.main) console.log(`dist/start/${await buildStart()}`);
