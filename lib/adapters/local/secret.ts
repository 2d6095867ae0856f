import { renameSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../error.ts";
import type { Random } from "../../ports/world.ts";
import { guarded } from "./failures.ts";
import { makeKeyFile, readKeyFile, syncKeyFolder, writtenBeside } from "./key-file.ts";

const BYTES = 32;
const SECRET = "secret.key";
/** The secrets that the folder had before, newest first, 32 bytes each. */
const FORMER = "former-secrets.key";

/**
 * Reads `secret.key`. Creates it in a folder without records. If two processes start together, both
 * use the first one's secret.
 *
 * hasRecords  whether the store had records before this call. A new secret would invalidate their
 *             API keys, so a missing or damaged file then throws `storage-unavailable`.
 */
export function localSecret(folder: string, random: Random, hasRecords: boolean): Uint8Array {
  return guarded(() => {
    const path = join(folder, SECRET);
    const secret = readKeyFile(path) ?? (hasRecords ? undefined : made(path, random));
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

/** The secrets that the folder had before. Throws `storage-unavailable` if the file is damaged. */
export function formerLocalSecrets(folder: string): readonly Uint8Array[] {
  return guarded(() => {
    const path = join(folder, FORMER);
    const bytes = readKeyFile(path) ?? new Uint8Array();
    if (bytes.length % BYTES !== 0)
      throw new AppError(
        "storage-unavailable",
        `${path} is damaged: its ${bytes.length} bytes are no multiple of ${BYTES}. Restore the file from a backup.`,
      );
    return Array.from({ length: bytes.length / BYTES }, (_, i) => bytes.slice(i * BYTES, (i + 1) * BYTES));
  });
}

/**
 * Replaces the folder's secret, and keeps the old one as a former secret, so that API keys,
 * opt-outs and webhooks' secrets stay valid. Processes that have the folder open use the old one
 * until they end. After a crash in between, the secret in use is among the former ones, which does
 * no harm.
 */
export function rotateLocalSecret(folder: string, random: Random): void {
  const before = [localSecret(folder, random, true), ...formerLocalSecrets(folder)];
  guarded(() => {
    replace(folder, FORMER, { bytes: Buffer.concat(before), random });
    replace(folder, SECRET, { bytes: random.bytes(BYTES), random });
  });
}

function replace(folder: string, name: string, given: { bytes: Uint8Array; random: Random }): void {
  const path = join(folder, name);
  const temporary = writtenBeside(path, given.bytes, given.random);
  renameSync(temporary, path);
  syncKeyFolder(folder);
}

/** The secret of whoever makes it first. */
function made(path: string, random: Random): Uint8Array | undefined {
  makeKeyFile(path, random.bytes(BYTES), random);
  return readKeyFile(path);
}
