import { readdirSync, rmSync, statSync } from "node:fs";
import { readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ClipId, RegistryId, SpeakerUid } from "../../id.ts";
import type { ClipStore, Random } from "../../ports.ts";
import { guarded, guardedFiles } from "./failures.ts";
import { makeFolder, syncFolder, unlessAbsent, writeDurably } from "./files.ts";

/** Only ids that we made become paths; nothing else can leave the folder. */
const OWN_ID = /^(reg|spk|clp)_[0-9a-z]{1,64}$/;
/** Times that an erasure may take the folder away under a write. */
const TRIES = 5;

/** Files `audio/<registry>/<uid>/<clip>`; a file is whole or not there. */
export function localClips(folder: string, random: Random): ClipStore {
  const root = join(folder, "audio");
  const writing = join(root, "writing");
  const pathOf = (...ids: readonly (RegistryId | SpeakerUid | ClipId)[]) => {
    const strange = ids.find((id) => !OWN_ID.test(id));
    if (strange !== undefined) throw new RangeError(`not an id of ours: ${strange}`);
    return join(root, ...ids);
  };
  return {
    put: (registryId, uid, clipId, bytes) =>
      guardedFiles(async () => {
        const temporary = join(writing, Buffer.from(random.bytes(16)).toString("hex"));
        const home = pathOf(registryId, uid);
        await makeFolder(writing);
        await writeDurably(temporary, "wx", bytes);
        await moveInto(home, temporary, pathOf(registryId, uid, clipId));
      }),
    get: (registryId, uid, clipId) =>
      guardedFiles(() => unlessAbsent(() => readFile(pathOf(registryId, uid, clipId)))),
    remove: (registryId, uid, clipId) =>
      guardedFiles(async () => {
        await rm(pathOf(registryId, uid, clipId), { force: true });
        await unlessAbsent(() => syncFolder(pathOf(registryId, uid)));
      }),
    removeSpeaker: (registryId, uid) =>
      guardedFiles(async () => {
        // Retries: an enrolment that is under way may put a file into the folder while it is emptied.
        await rm(pathOf(registryId, uid), { recursive: true, force: true, maxRetries: TRIES, retryDelay: 1 });
        await unlessAbsent(() => syncFolder(pathOf(registryId)));
      }),
    list: (registryId) =>
      guardedFiles(async () => {
        const uids = (await unlessAbsent(() => readdir(pathOf(registryId)))) ?? [];
        const found = [];
        for (const uid of uids.sort() as SpeakerUid[]) {
          const clipIds = (await unlessAbsent(() => readdir(pathOf(registryId, uid)))) ?? [];
          for (const clipId of clipIds.sort() as ClipId[]) found.push({ uid, clipId });
        }
        return found;
      }),
  };
}

/** What writers that were killed left behind: a half-written file an hour old has no writer any more. */
export function removeStaleWrites(folder: string, now: Date): void {
  const writing = join(folder, "audio", "writing");
  guarded(() => {
    for (const entry of readdirSync(folder).includes("audio") ? readdirSync(writing) : []) {
      const path = join(writing, entry);
      const age = now.getTime() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now.getTime());
      if (age > STALE_MS) rmSync(path, { force: true });
    }
  });
}

const STALE_MS = 3_600_000;

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
