import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { badInput } from "../../input-file.ts";
import { GALLERIES_FOLDER } from "./gallery-files.ts";
import { DATABASE_FILE } from "./sqlite.ts";

export type BackupReport = { files: number; bytes: number };

/** Folders that servers write again, perhaps during the copy. */
const REMADE: readonly string[] = [GALLERIES_FOLDER, "compile-cache"];

/**
 * Copies a registry's folder while servers use it. The copy is a folder that a server can use.
 *
 * The database is copied first, by SQLite's own backup, as it is at one moment. A recording is
 * written before the database names it and never changed, so the files that are copied afterwards
 * include all those that the copied database names, except of speakers that were erased meanwhile:
 * `voiceroll fsck` names them in the copy. Gallery files aren't copied, because servers write them
 * again.
 *
 * Throws bad input if `folder` has no database or `target` exists. An interrupted copy leaves
 * `target` with the ending ".partial".
 */
export async function backUp(folder: string, target: string): Promise<BackupReport> {
  const database = join(folder, DATABASE_FILE);
  if (!existsSync(database)) throw badInput(`There is no registry in ${folder}.`);
  if (existsSync(target)) throw badInput(`${target} exists. Name a folder that doesn't exist yet.`);
  const partial = `${target}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true, mode: 0o700 });
  await copyDatabase(database, join(partial, DATABASE_FILE));
  await copyFiles(folder, partial, (name) => !name.startsWith(DATABASE_FILE) && !REMADE.includes(name));
  const report = await measure(partial);
  await rename(partial, target);
  return report;
}

async function copyDatabase(from: string, to: string): Promise<void> {
  const source = new DatabaseSync(from, { readOnly: true });
  try {
    await backup(source, to);
    await chmod(to, 0o600);
  } finally {
    source.close();
  }
}

/** Skips files that are removed while it works: they belong to erased speakers or ended jobs. */
async function copyFiles(from: string, to: string, wanted: (name: string) => boolean): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true }).catch(noneIfGone)) {
    if (!wanted(entry.name)) continue;
    const [source, copy] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) {
      await mkdir(copy, { mode: 0o700 });
      await copyFiles(source, copy, () => true);
    } else if (entry.isFile()) await copyFile(source, copy).catch(noneIfGone);
  }
}

function noneIfGone(error: NodeJS.ErrnoException): never[] {
  if (error.code === "ENOENT") return [];
  throw error;
}

async function measure(folder: string): Promise<BackupReport> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    entries
      .filter((one) => one.isFile())
      .map(async (one) => (await stat(join(one.parentPath, one.name))).size),
  );
  return { files: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}
