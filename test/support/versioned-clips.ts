import type { ClipId, RegistryId, SpeakerUid } from "../../lib/id.ts";
import type { ClipStore } from "../../lib/ports.ts";

/** The same store, which keeps what is written over under its version's name, as a bucket does. */
export function versionedClips(inner: ClipStore): ClipStore {
  const versions = new Map<string, Map<string, Uint8Array>>();
  let drawn = 0;
  const nameOf = (...place: [RegistryId, SpeakerUid, ClipId]) => place.join("/");
  return {
    ...inner,
    async put(...[registryId, uid, clipId, bytes]) {
      const name = nameOf(registryId, uid, clipId);
      const version = `v${++drawn}`;
      await inner.put(registryId, uid, clipId, bytes);
      versions.set(name, (versions.get(name) ?? new Map()).set(version, bytes));
      return version;
    },
    async get(registryId, uid, clipId, version) {
      if (version === undefined) return inner.get(registryId, uid, clipId);
      return versions.get(nameOf(registryId, uid, clipId))?.get(version);
    },
    async remove(...place) {
      versions.delete(nameOf(...place));
      await inner.remove(...place);
    },
    async removeSpeaker(registryId, uid) {
      for (const name of versions.keys()) if (name.startsWith(`${registryId}/${uid}/`)) versions.delete(name);
      await inner.removeSpeaker(registryId, uid);
    },
  };
}
