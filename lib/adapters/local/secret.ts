import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { Random } from "../../ports/world.ts";
import { guarded, isFileError } from "./failures.ts";

const BYTES = 32;

/**
 * Reads `secret.key`, or creates it. If two processes start together, both use the first one's
 * secret.
 */
export function localSecret(folder: string, random: Random): Uint8Array {
  return guarded(() => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, "secret.key");
    const secret = read(path) ?? make(folder, path, random);
    // A new secret would invalidate every API key, so stop instead.
    if (secret.length !== BYTES) throw new RangeError(`${path} has ${secret.length} bytes, not ${BYTES}`);
    return secret;
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
