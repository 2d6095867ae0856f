import { mkdirSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../error.ts";
import type { TemplateKeys } from "../../ports/template-keys.ts";
import type { Random } from "../../ports/world.ts";
import { guarded } from "./failures.ts";
import { makeKeyFile, readKeyFile, syncKeyFolder, writeTo } from "./key-file.ts";

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
        const key = readKeyFile(path);
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
        makeKeyFile(pathOf(registryId, generation), key, random);
      });
    },
    async remove(registryId, generation) {
      guarded(() => {
        const path = pathOf(registryId, generation);
        if (!readKeyFile(path)) return;
        // A disk may keep the bytes of a file that was only unlinked.
        writeTo(openSync(path, "r+"), new Uint8Array(BYTES));
        rmSync(path, { force: true });
        syncKeyFolder(home);
      });
    },
    nameOf: pathOf,
  };
}
