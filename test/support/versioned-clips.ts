import type { ClipStore } from "../../lib/ports/speaker.ts";

/**
 * Audio in memory, like in a bucket with versions: each put adds a version, and a removal removes
 * all.
 */
export function versionedClips(): ClipStore {
  const stored = new Map<string, { version: string; bytes: Uint8Array }[]>();
  let puts = 0;
  const remove = (prefix: string) => {
    for (const key of [...stored.keys()]) if (key.startsWith(prefix)) stored.delete(key);
  };
  const versionsOf = (...ids: readonly string[]) => stored.get(ids.join("/")) ?? [];
  const get: ClipStore["get"] = async (registryId, uid, clipId, version) => {
    const versions = versionsOf(registryId, uid, clipId);
    return (version ? versions.find((one) => one.version === version) : versions.at(-1))?.bytes;
  };
  return {
    async put(registryId, uid, clipId, bytes) {
      const key = `${registryId}/${uid}/${clipId}`;
      const version = `version ${puts++}`;
      stored.set(key, [...versionsOf(key), { version, bytes: bytes.slice() }]);
      return version;
    },
    get,
    has: async (...place) => (await get(...place)) !== undefined,
    async isLatest(registryId, uid, clipId, version) {
      const latest = versionsOf(registryId, uid, clipId).at(-1);
      return latest !== undefined && (version === undefined || latest.version === version);
    },
    remove: async (registryId, uid, clipId) => remove(`${registryId}/${uid}/${clipId}`),
    removeSpeaker: async (registryId, uid) => remove(`${registryId}/${uid}/`),
    async list(registryId) {
      const keys = [...stored.keys()].filter((key) => key.startsWith(`${registryId}/`)).sort();
      return keys.map((key) => {
        const [, uid, clipId] = key.split("/") as [string, `spk_${string}`, `clp_${string}`];
        return { uid, clipId };
      });
    },
  };
}
