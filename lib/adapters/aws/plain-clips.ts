import { ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import type { ClipId, RegistryId, SpeakerUid } from "../../id.ts";
import type { ClipStore } from "../../ports.ts";
import type { Blobs } from "./blobs.ts";
import { call } from "./client.ts";

/** Audio under `clips/REGISTRY/UID/CLIPID`. */
export function plainClips(client: S3Client, Bucket: string, blobs: Blobs): ClipStore {
  const keyOf = (registryId: RegistryId, uid: SpeakerUid, clipId: ClipId) =>
    `clips/${registryId}/${uid}/${clipId}`;

  async function keysUnder(Prefix: string): Promise<string[]> {
    const keys: string[] = [];
    let from: string | undefined;
    do {
      const command = new ListObjectsV2Command({
        Bucket,
        Prefix,
        ...(from ? { ContinuationToken: from } : {}),
      });
      const page = await call("S3", (abortSignal) => client.send(command, { abortSignal }));
      keys.push(...(page.Contents ?? []).flatMap(({ Key }) => Key ?? []));
      from = page.NextContinuationToken;
    } while (from);
    return keys;
  }

  return {
    async put(registryId, uid, clipId, bytes) {
      await blobs.put(keyOf(registryId, uid, clipId), bytes);
    },
    async get(registryId, uid, clipId) {
      return (await blobs.get(keyOf(registryId, uid, clipId)))?.bytes;
    },
    remove: (registryId, uid, clipId) => blobs.remove(keyOf(registryId, uid, clipId)),
    async removeSpeaker(registryId, uid) {
      for (const key of await keysUnder(`clips/${registryId}/${uid}/`)) await blobs.remove(key);
    },
    async list(registryId) {
      return (await keysUnder(`clips/${registryId}/`)).map((key) => {
        const [, , uid, clipId] = key.split("/");
        return { uid: uid as SpeakerUid, clipId: clipId as ClipId };
      });
    },
  };
}
