import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { link, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Random } from "../../ports/world.ts";
import type { Attachments } from "../shared/documents.ts";
import { guarded, guardedFiles } from "./failures.ts";
import { type Content, makeFolder, syncFolder, unlessAbsent, writeDurably } from "./files.ts";

/**
 * Only IDs that this service makes become paths, so no path can leave the folder. The number is
 * that of a manifest's part.
 */
const OWN_ID = /^(reg|spk|clp|con|upl|job)_[0-9a-z]{1,64}(-\d{1,6})?$/;
const WRITING = "writing";
const READING = "reading";
const STALE_MS = 3_600_000;
/** How often a concurrent erasure may remove the folder of a write. */
export const TRIES = 5;

/** Files under `root`, with IDs as their paths. A file is either whole or absent. */
export function ownFiles(root: string, random: Random) {
  const temporaryPath = async (folder: string) => {
    await makeFolder(join(root, folder));
    return join(root, folder, Buffer.from(random.bytes(16)).toString("hex"));
  };
  const pathOf = (...ids: readonly string[]) => {
    const foreign = ids.find((id) => !OWN_ID.test(id));
    if (foreign !== undefined) throw new RangeError(`${foreign} is not an ID of this service`);
    return join(root, ...ids);
  };
  return {
    pathOf,
    read: (...ids: readonly string[]): Promise<Uint8Array | undefined> =>
      unlessAbsent(() => readFile(pathOf(...ids))),
    has: async (...ids: readonly string[]): Promise<boolean> =>
      (await unlessAbsent(() => stat(pathOf(...ids)))) !== undefined,
    /** Durable when it resolves. Does nothing if the file is absent. */
    async remove(...ids: readonly string[]): Promise<void> {
      await rm(pathOf(...ids), { force: true });
      await unlessAbsent(() => syncFolder(pathOf(...ids.slice(0, -1))));
    },
    /**
     * Durable when it resolves. Replaces an existing file. Leaves nothing behind if `content`
     * throws. The last ID names the file.
     */
    async put(ids: readonly string[], content: Content): Promise<void> {
      const [home, path] = [pathOf(...ids.slice(0, -1)), pathOf(...ids)];
      const temporary = await temporaryPath(WRITING);
      try {
        await writeDurably(temporary, "wx", content);
        await moveInto(home, temporary, path);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    },
    /** Returns a link to the file, which keeps it if `put` replaces it. */
    async hold(...ids: readonly string[]): Promise<string> {
      const temporary = await temporaryPath(READING);
      await link(pathOf(...ids), temporary);
      return temporary;
    },
  };
}

/** Attachments as files `REGISTRY/NAME` under `root`. */
export function folderAttachments(root: string, random: Random): Attachments {
  const files = ownFiles(root, random);
  return {
    put: (registryId, name, bytes) => guardedFiles(() => files.put([registryId, name], bytes)),
    get: (registryId, name) => guardedFiles(() => files.read(registryId, name)),
    remove: (registryId, name) => guardedFiles(() => files.remove(registryId, name)),
  };
}

/**
 * Deletes what killed writers and readers have left. A file that is an hour old has no writer, and
 * a link that is an hour old no reader.
 */
export function removeStaleFiles(root: string, now: Date): void {
  removeOlder(join(root, WRITING), now, "mtimeMs");
  // A link's mtime is that of the file.
  removeOlder(join(root, READING), now, "ctimeMs");
}

function removeOlder(folder: string, now: Date, time: "mtimeMs" | "ctimeMs"): void {
  guarded(() => {
    for (const entry of existsSync(folder) ? readdirSync(folder) : []) {
      const path = join(folder, entry);
      const age = now.getTime() - (statSync(path, { throwIfNoEntry: false })?.[time] ?? now.getTime());
      if (age > STALE_MS) rmSync(path, { force: true });
    }
  });
}

async function moveInto(home: string, temporary: string, path: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    const moved = await unlessAbsent(async () => {
      await makeFolder(home);
      await rename(temporary, path);
      return true;
    });
    if (moved) break;
    if (tries === TRIES) throw new RangeError(`${home} keeps vanishing`);
  }
  await unlessAbsent(() => syncFolder(home));
}
