import type { S3Client } from "@aws-sdk/client-s3";
import type { RegistryId, SpeakerUid } from "../../id.ts";
import type { ClipStore, RecordingId } from "../../ports/speaker.ts";
import type { Blobs } from "./blobs.ts";
import { keysUnder } from "./listing.ts";

/** Objects `clips/REGISTRY/UID/CLIPID`. */
export function s3Clips(client: S3Client, bucket: string, blobs: Blobs): ClipStore {
  const keyOf = (registryId: RegistryId, uid: SpeakerUid, clipId: RecordingId) =>
    `clips/${registryId}/${uid}/${clipId}`;
  return {
    async put(registryId, uid, clipId, bytes) {
      const put = await blobs.put(keyOf(registryId, uid, clipId), bytes);
      return put ? put.version : undefined;
    },
    async get(registryId, uid, clipId, version) {
      return (await blobs.get(keyOf(registryId, uid, clipId), version))?.bytes;
    },
    has: (registryId, uid, clipId, version) => blobs.has(keyOf(registryId, uid, clipId), version),
    async isLatest(registryId, uid, clipId, version) {
      const latest = await blobs.latest(keyOf(registryId, uid, clipId));
      return latest !== undefined && (version === undefined || latest.version === version);
    },
    remove: (registryId, uid, clipId) => blobs.remove(keyOf(registryId, uid, clipId)),
    removeSpeaker: (registryId, uid) => blobs.removeUnder(`clips/${registryId}/${uid}/`),
    async list(registryId) {
      return (await keysUnder(client, bucket, `clips/${registryId}/`)).map((key) => {
        const [, , uid, clipId] = key.split("/");
        return { uid: uid as SpeakerUid, clipId: clipId as RecordingId };
      });
    },
  };
}
