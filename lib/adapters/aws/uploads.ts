import type { UploadStore } from "../../ports/upload.ts";
import type { Clock, Random } from "../../ports/world.ts";
import { uploadOf } from "../shared/stored-upload.ts";
import { attributes, required, textOf } from "./attributes.ts";
import { uploadKey } from "./keys.ts";
import type { Table } from "./table.ts";
import { putVersion } from "./versioned.ts";

/** DynamoDB deletes a ticket some time after its `ttl`, so a read looks at the time itself. */
export function dynamoUploads(
  table: Table,
  { clock, random }: { clock: Clock; random: Pick<Random, "bytes"> },
): UploadStore {
  return {
    async get(registryId, uploadId) {
      const item = await table.get(uploadKey(registryId, uploadId));
      const upload = item && uploadOf(required(item, "b", textOf));
      return upload && clock.now().getTime() < Date.parse(upload.goneAt) ? upload : undefined;
    },
    put(upload) {
      const { registryId, uploadId, version, goneAt } = upload;
      const ttl = Math.ceil(Date.parse(goneAt) / 1000);
      const item = attributes({ ...uploadKey(registryId, uploadId), b: JSON.stringify(upload), ttl });
      return putVersion(table, random, item, { version, lost: "Another request changed this upload." });
    },
  };
}
