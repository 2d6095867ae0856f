import type { S3Client } from "@aws-sdk/client-s3";
import type { RegistryId, UploadId } from "../../id.ts";
import type { UploadFiles } from "../../ports/upload.ts";
import type { Clock } from "../../ports/world.ts";
import { localCopy } from "../shared/local-copy.ts";
import { type Blobs, headObject, readObject, versionIn } from "./blobs.ts";
import { keysUnder } from "./listing.ts";

const prefixOf = (registryId: RegistryId): string => `uploads/${registryId}/`;
const keyOf = (registryId: RegistryId, uploadId: UploadId): string => prefixOf(registryId) + uploadId;

/**
 * Objects `uploads/REGISTRY/UPLOADID`. Clients post them to the bucket with forms that this service
 * signs.
 */
export function s3UploadFiles(
  client: S3Client,
  {
    bucket,
    blobs,
    clock,
    kmsKeyId,
  }: { bucket: string; blobs: Blobs; clock: Clock; kmsKeyId: string | undefined },
): UploadFiles {
  return {
    async form(upload) {
      const { signedForm } = await import("./upload-form.ts");
      const key = keyOf(upload.registryId, upload.uploadId);
      return signedForm(client, upload, { bucket, key, kmsKeyId });
    },
    async head(registryId, uploadId) {
      const found = await headObject(client, { Bucket: bucket, Key: keyOf(registryId, uploadId) });
      return (
        found && {
          bytes: found.ContentLength ?? 0,
          version: versionOf({ version: versionIn(found), etag: found.ETag }),
        }
      );
    },
    async read(registryId, uploadId, version) {
      // Read the latest, not this version: S3 would return a version that has been replaced.
      const found = await readObject(client, { Bucket: bucket, Key: keyOf(registryId, uploadId) });
      return found && versionOf(found) === version ? found.bytes : undefined;
    },
    copy: (registryId, uploadId, version) => {
      const which = { Bucket: bucket, Key: keyOf(registryId, uploadId) };
      let etag: string | undefined;
      return localCopy(async (from, to) => {
        const found = await readObject(client, {
          ...which,
          Range: `bytes=${from}-${to - 1}`,
          ...(etag ? { IfMatch: etag } : {}),
        });
        etag = found?.etag;
        return found && versionOf(found) === version ? found : undefined;
      }, clock.now());
    },
    remove: (registryId, uploadId) => blobs.remove(keyOf(registryId, uploadId)),
    async list(registryId) {
      const keys = await keysUnder(client, bucket, prefixOf(registryId));
      return keys.map((key) => key.slice(prefixOf(registryId).length) as UploadId);
    },
  };
}

/** Without bucket versions, only the ETag distinguishes two contents. */
const versionOf = ({ version, etag }: { version: string | undefined; etag: string | undefined }): string =>
  version ? `version ${version}` : `etag ${etag}`;
