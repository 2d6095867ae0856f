import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../error.ts";
import type { Random } from "../../ports/world.ts";
import { guarded, isFileError } from "./failures.ts";

const BYTES = 32;

/**
 * Reads `secret.key`. Creates it in a folder without records. If two processes start together, both
 * use the first one's secret.
 *
 * hasRecords  whether the store had records before this call. A new secret would invalidate their
 *             API keys, so a missing or damaged file then throws `storage-unavailable`.
 */
export function localSecret(folder: string, random: Random, hasRecords: boolean): Uint8Array {
  return guarded(() => {
    const path = join(folder, "secret.key");
    const secret = read(path) ?? (hasRecords ? undefined : make(folder, path, random));
    if (secret?.length === BYTES) return secret;
    const what = secret
      ? `${path} is damaged: it has ${secret.length} bytes instead of ${BYTES}`
      : `${path} is missing`;
    throw new AppError(
      "storage-unavailable",
      `${what}. The store's API keys depend on it. Restore the file from a backup, or write ${BYTES} random ` +
        "bytes to it and create all API keys again.",
    );
  });
}

function make(folder: string, path: string, random: Random): Uint8Array {
  const temporary = `${path}.${Buffer.from(random.bytes(8)).toString("hex")}`;
  const file = openSync(temporary, "wx", 0o600);
  try {
    writeSync(file, random.bytes(BYTES));
    fsyncSync(file);
    // Unlike a rename, a link fails if the name is taken.
    linkSync(temporary, path);
  } catch (error) {
    if (!isFileError(error, "EEXIST")) throw error;
  } finally {
    closeSync(file);
    rmSync(temporary, { force: true });
  }
  syncFolder(folder);
  return new Uint8Array(readFileSync(path));
}

function read(path: string): Uint8Array | undefined {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    if (isFileError(error, "ENOENT")) return undefined;
    throw error;
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
