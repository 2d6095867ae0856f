import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Random } from "../../ports/world.ts";
import type { Attachments } from "../shared/documents.ts";
import { guarded, guardedFiles } from "./failures.ts";
import { makeFolder, syncFolder, unlessAbsent, writeDurably } from "./files.ts";

/** Only ids that we made become paths; nothing else can leave the folder. */
const OWN_ID = /^(reg|spk|clp|upl|job)_[0-9a-z]{1,64}$/;
const STALE_MS = 3_600_000;
/** Times that an erasure may take the folder away under a write. */
export const TRIES = 5;

/** Files under `root` whose paths are ids of ours; a file is whole or not there. */
export function ownFiles(root: string, random: Random) {
  const writing = join(root, "writing");
  const pathOf = (...ids: readonly string[]) => {
    const strange = ids.find((id) => !OWN_ID.test(id));
    if (strange !== undefined) throw new RangeError(`not an id of ours: ${strange}`);
    return join(root, ...ids);
  };
  return {
    pathOf,
    read: (...ids: readonly string[]): Promise<Uint8Array | undefined> =>
      unlessAbsent(() => readFile(pathOf(...ids))),
    has: async (...ids: readonly string[]): Promise<boolean> =>
      (await unlessAbsent(() => stat(pathOf(...ids)))) !== undefined,
    /** Durable when it resolves; nothing happens where there is none. */
    async remove(...ids: readonly string[]): Promise<void> {
      await rm(pathOf(...ids), { force: true });
      await unlessAbsent(() => syncFolder(pathOf(...ids.slice(0, -1))));
    },
    /** Durable when it resolves; over what stood there. The last id is the file's. */
    async put(ids: readonly string[], bytes: Uint8Array): Promise<void> {
      const temporary = join(writing, Buffer.from(random.bytes(16)).toString("hex"));
      const [home, path] = [pathOf(...ids.slice(0, -1)), pathOf(...ids)];
      await makeFolder(writing);
      await writeDurably(temporary, "wx", bytes);
      await moveInto(home, temporary, path);
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

/** What writers that were killed left behind: a half-written file an hour old has no writer any more. */
export function removeStaleWrites(root: string, now: Date): void {
  const writing = join(root, "writing");
  guarded(() => {
    for (const entry of existsSync(writing) ? readdirSync(writing) : []) {
      const path = join(writing, entry);
      const age = now.getTime() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now.getTime());
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
