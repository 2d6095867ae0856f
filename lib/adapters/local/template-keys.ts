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
import { AppError } from "../../error.ts";
import type { TemplateKeys } from "../../ports/template-keys.ts";
import type { Random } from "../../ports/world.ts";
import { guarded, isFileError } from "./failures.ts";

const FOLDER = "template-keys";
const BYTES = 32;

/**
 * Keeps each key in a private file of the data folder, `template-keys/REGISTRY.GENERATION.key`.
 * Writers of speakers check the registry's generation in the transaction that writes. A cohort is
 * written within milliseconds of reading it.
 */
export function localTemplateKeys(folder: string, random: Pick<Random, "bytes">): TemplateKeys {
  const home = join(folder, FOLDER);
  const pathOf = (registryId: string, generation: number) => join(home, `${registryId}.${generation}.key`);
  return {
    settleMs: 1000,
    async get(registryId, generation) {
      return guarded(() => {
        const path = pathOf(registryId, generation);
        const key = read(path);
        if (key && key.length !== BYTES)
          throw new AppError(
            "storage-unavailable",
            `${path} is damaged: it has ${key.length} bytes instead of ${BYTES}. Restore it from a backup.`,
          );
        return key;
      });
    },
    async put(registryId, generation, key) {
      guarded(() => {
        mkdirSync(home, { recursive: true, mode: 0o700 });
        const path = pathOf(registryId, generation);
        const temporary = `${path}.${Buffer.from(random.bytes(8)).toString("hex")}`;
        write(temporary, key);
        try {
          // Unlike a rename, a link fails if the name is taken.
          linkSync(temporary, path);
        } catch (error) {
          if (!isFileError(error, "EEXIST")) throw error;
        } finally {
          rmSync(temporary, { force: true });
        }
        syncFolder(home);
      });
    },
    async remove(registryId, generation) {
      guarded(() => {
        const path = pathOf(registryId, generation);
        if (!read(path)) return;
        // A disk may keep the bytes of a file that was only unlinked.
        overwrite(path);
        rmSync(path, { force: true });
        syncFolder(home);
      });
    },
    nameOf: pathOf,
  };
}

function read(path: string): Uint8Array | undefined {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    if (isFileError(error, "ENOENT")) return undefined;
    throw error;
  }
}

const write = (path: string, bytes: Uint8Array): void => into(openSync(path, "wx", 0o600), bytes);
const overwrite = (path: string): void => into(openSync(path, "r+"), new Uint8Array(BYTES));

function into(file: number, bytes: Uint8Array): void {
  try {
    writeSync(file, bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
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
