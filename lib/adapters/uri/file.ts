import { constants } from "node:fs";
import { type FileHandle, open, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { AppError } from "../../error.ts";
import type { UriRange } from "../../ports/uri-file.ts";
import type { Clock } from "../../ports/world.ts";
import { localCopy } from "../shared/local-copy.ts";
import { changed, notFound, type Place } from "../shared/uri-files.ts";

/** Errors of a path that names no file, or one that this process may not read. */
const UNREADABLE = new Set([
  "EACCES",
  "EISDIR",
  "ELOOP",
  "ENAMETOOLONG",
  "ENOENT",
  "ENOTDIR",
  "ENXIO",
  "EPERM",
]);

/**
 * The files under a folder. A link that leads out of it is refused.
 *
 * prefix  `file:///FOLDER/`
 */
export function filesUnder(prefix: string, clock: Clock): Place {
  const folder = fileURLToPath(prefix);
  const readRange = (uri: string, range: UriRange) =>
    withFile(folder, pathOf(uri) ?? "", (file) => readVersion(file, range));
  return {
    holds: (uri) => pathOf(uri)?.startsWith(folder) ?? false,
    read: readRange,
    async copy(uri, version) {
      const copy = await localCopy((from, to) => readRange(uri, { from, to, version }), clock.now());
      if (!copy) throw changed();
      return copy;
    },
  };
}

/** Without `..`, also if it was encoded. Undefined for a URI that names no local path. */
function pathOf(uri: string): string | undefined {
  if (!uri.startsWith("file:///")) return undefined;
  try {
    // Joining resolves what a URL doesn't: repeated slashes.
    return join(fileURLToPath(uri));
  } catch {
    return undefined;
  }
}

/**
 * Opens the file first and then checks what was opened, so that a link that is replaced in between
 * doesn't lead out of the folder.
 */
async function withFile<T>(folder: string, path: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  // NONBLOCK: opening a pipe would wait for its writer.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(refuse);
  try {
    const [real, root] = await Promise.all([realpath(path), realpath(folder)]).catch(refuse);
    const [opened, found] = await Promise.all([file.stat(), stat(real)]).catch(refuse);
    if (!opened.isFile()) throw notFound();
    if (!real.startsWith(root.endsWith(sep) ? root : root + sep))
      throw new AppError("file-not-allowed", "This file is a link that leads out of the allowed folder.");
    if (opened.ino !== found.ino || opened.dev !== found.dev) throw changed();
    return await work(file);
  } finally {
    await file.close();
  }
}

async function readVersion(file: FileHandle, { from, to, version }: UriRange) {
  const { size, mtimeNs, ino } = await file.stat({ bigint: true });
  const found = `${ino} ${mtimeNs} ${size}`;
  if (version !== undefined && version !== found) throw changed();
  const bytes = new Uint8Array(Math.max(0, Math.min(to, Number(size)) - from));
  for (let filled = 0; filled < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, from + filled);
    if (bytesRead === 0) throw changed();
    filled += bytesRead;
  }
  return { bytes, size: Number(size), version: found };
}

function refuse(error: unknown): never {
  const { code } = error as { code?: string };
  throw UNREADABLE.has(code ?? "") ? notFound(error) : error;
}
