import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { GalleryInfo, GalleryRow } from "../../gallery/file/format.ts";
import { type GalleryFile, openGalleryFile } from "../../gallery/file/read.ts";
import { fileSource } from "../../gallery/file/sort.ts";
import { galleryFile } from "../../gallery/file/write.ts";
import type { ModelId, RegistryId } from "../../id.ts";
import type { Clock, Random } from "../../ports/world.ts";
import { guarded, isFileError } from "./failures.ts";
import { makeFolder, unlessAbsent, writeDurably } from "./files.ts";
import { patiently } from "./patience.ts";
import { transaction } from "./sqlite.ts";

export const GALLERIES_FOLDER = "galleries";
/** A file that isn't named yet can be in the making for so long. */
const WRITING_MS = 60_000;

/**
 * Gallery files (docs/gallery.md) in `galleries/REGISTRY/NAME`. The database names the valid file
 * of each registry and model, so a file that is older or newer than the database is never used.
 */
export type GalleryFiles = {
  /** Undefined if there is no valid file. lsn: the last change that is in it */
  open(
    registryId: RegistryId,
    modelId: ModelId,
  ): Promise<{ file: GalleryFile; lsn: number; close(): Promise<void> } | undefined>;
  /** The last change in the valid file. Undefined: there is no file */
  lsnOf(registryId: RegistryId, modelId: ModelId): Promise<number | undefined>;
  /**
   * Writes a file with the changes up to `lsn`. Returns false, and leaves no file, if a voice that
   * can be in it was changed or erased since.
   */
  write(registryId: RegistryId, info: GalleryInfo, rows: Iterable<GalleryRow>, lsn: number): Promise<boolean>;
  /** Removes what killed processes have left. */
  tidy(): void;
};

export function galleryFiles(
  database: DatabaseSync,
  random: Random,
  clock: Pick<Clock, "now">,
): GalleryFiles {
  const sql = statements(database);
  const root = rootOf(database);
  const find = (registryId: RegistryId, modelId: ModelId) =>
    patiently(() => sql.find.get(registryId, modelId) as { name: string; lsn: number } | undefined);
  return {
    async open(registryId, modelId) {
      const found = await find(registryId, modelId);
      const handle = found && (await unlessAbsent(() => open(join(root, registryId, found.name))));
      if (!handle) return undefined;
      const file = await openGalleryFile(await fileSource(handle));
      if (file) return { file, lsn: found.lsn, close: () => handle.close() };
      await handle.close();
      return undefined;
    },
    async lsnOf(registryId, modelId) {
      const found = await find(registryId, modelId);
      return found && existsSync(join(root, registryId, found.name)) ? found.lsn : undefined;
    },
    async write(registryId, info, rows, lsn) {
      const name = `${Buffer.from(random.bytes(16)).toString("hex")}.gallery`;
      const [home, path] = [join(root, registryId), join(root, registryId, name)];
      try {
        await makeFolder(home);
        await writeDurably(`${path}.partial`, "wx", galleryFile(info, rows));
        await rename(`${path}.partial`, path);
        const before = await transaction(database, () => {
          if (sql.altered.get(registryId, lsn)) return undefined;
          const replaced = sql.find.get(registryId, info.modelId) as { name: string } | undefined;
          sql.put.run(registryId, info.modelId, name, lsn);
          return { name: replaced?.name };
        });
        const obsolete = before ? before.name : name;
        if (obsolete !== undefined) await rm(join(home, obsolete), { force: true });
        return before !== undefined;
      } catch (error) {
        await rm(path, { force: true });
        await rm(`${path}.partial`, { force: true });
        // An erasure has removed the folder.
        if (isFileError(error, "ENOENT")) return false;
        throw error;
      }
    },
    tidy() {
      const named = new Set((guarded(() => sql.names.all()) as { name: string }[]).map(({ name }) => name));
      guarded(() => removeUnnamed(root, named, clock.now().getTime() - WRITING_MS));
    },
  };
}

/**
 * Returns a function that makes the files of a registry invalid, because a voice was taken out.
 * Call it within a transaction, and after the commit the function that it returns, which removes
 * the files.
 */
export function galleryDiscard(database: DatabaseSync): (registryId: string) => () => void {
  const forget = guarded(() => database.prepare("DELETE FROM galleries WHERE registry_id = ?"));
  const root = rootOf(database);
  return (registryId) => {
    forget.run(registryId);
    return () => guarded(() => rmSync(join(root, registryId), { recursive: true, force: true }));
  };
}

const rootOf = (database: DatabaseSync): string =>
  join(dirname(database.location() ?? "."), GALLERIES_FOLDER);

function statements(database: DatabaseSync) {
  return guarded(() => ({
    find: database.prepare("SELECT name, lsn FROM galleries WHERE registry_id = ? AND model_id = ?"),
    names: database.prepare("SELECT name FROM galleries"),
    put: database.prepare(
      "INSERT OR REPLACE INTO galleries(registry_id, model_id, name, lsn) VALUES (?, ?, ?, ?)",
    ),
    altered: database.prepare(
      `SELECT 1 FROM changes c LEFT JOIN speakers s ON s.registry_id = c.registry_id AND s.uid = c.uid
       WHERE c.registry_id = ? AND c.lsn > ? AND (s.uid IS NULL OR s.version > 1) LIMIT 1`,
    ),
  }));
}

/** Removes files that the database doesn't name, unless they were just written. */
function removeUnnamed(root: string, named: ReadonlySet<string>, before: number): void {
  for (const registry of existsSync(root) ? readdirSync(root) : [])
    for (const name of readdirSync(join(root, registry))) {
      const path = join(root, registry, name);
      const file = named.has(name) ? undefined : statSync(path, { throwIfNoEntry: false });
      if (file && file.mtimeMs < before) rmSync(path, { force: true });
    }
}
