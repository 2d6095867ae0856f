import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { SpeakerUid } from "../../id.ts";
import type { ClipStore, RecordingId } from "../../ports/speaker.ts";
import type { Random } from "../../ports/world.ts";
import { guardedFiles } from "./failures.ts";
import { syncFolder, unlessAbsent } from "./files.ts";
import { ownFiles, TRIES } from "./own-files.ts";

/** Files `audio/<registry>/<uid>/<clip>`. */
export function localClips(folder: string, random: Random): ClipStore {
  const files = ownFiles(join(folder, "audio"), random);
  const { pathOf } = files;
  const has: ClipStore["has"] = (registryId, uid, clipId) =>
    guardedFiles(() => files.has(registryId, uid, clipId));
  return {
    async put(registryId, uid, clipId, bytes) {
      await guardedFiles(() => files.put([registryId, uid, clipId], bytes));
      return undefined;
    },
    get: (registryId, uid, clipId) => guardedFiles(() => files.read(registryId, uid, clipId)),
    has,
    isLatest: has,
    remove: (registryId, uid, clipId) => guardedFiles(() => files.remove(registryId, uid, clipId)),
    removeSpeaker: (registryId, uid) =>
      guardedFiles(async () => {
        // Retry: a concurrent enrollment may add a file while we empty the folder.
        await rm(pathOf(registryId, uid), { recursive: true, force: true, maxRetries: TRIES, retryDelay: 1 });
        await unlessAbsent(() => syncFolder(pathOf(registryId)));
      }),
    list: (registryId) =>
      guardedFiles(async () => {
        const uids = (await unlessAbsent(() => readdir(pathOf(registryId)))) ?? [];
        const found = [];
        for (const uid of uids.sort() as SpeakerUid[]) {
          const clipIds = (await unlessAbsent(() => readdir(pathOf(registryId, uid)))) ?? [];
          for (const clipId of clipIds.sort() as RecordingId[]) found.push({ uid, clipId });
        }
        return found;
      }),
  };
}
