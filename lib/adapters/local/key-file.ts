import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { Random } from "../../ports/world.ts";
import { isFileError } from "./failures.ts";

/** Returns the bytes of a small file. Undefined if it is absent. */
export function readKeyFile(path: string): Uint8Array | undefined {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    if (isFileError(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Makes a private file, durably, unless there is one with this name, which then stays. */
export function makeKeyFile(path: string, bytes: Uint8Array, random: Pick<Random, "bytes">): void {
  const temporary = writtenBeside(path, bytes, random);
  try {
    // Unlike a rename, a link fails if the name is taken.
    linkSync(temporary, path);
  } catch (error) {
    if (!isFileError(error, "EEXIST")) throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
  syncKeyFolder(dirname(path));
}

/** Writes a private file beside `path`, durably. Returns its path. */
export function writtenBeside(path: string, bytes: Uint8Array, random: Pick<Random, "bytes">): string {
  const temporary = `${path}.${Buffer.from(random.bytes(8)).toString("hex")}`;
  writeTo(openSync(temporary, "wx", 0o600), bytes);
  return temporary;
}

/** Writes to an open file, durably, and closes it. */
export function writeTo(file: number, bytes: Uint8Array): void {
  try {
    writeSync(file, bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Makes the names in a folder durable. */
export function syncKeyFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
