import type { Upload, UploadStore } from "../../../ports/upload.ts";
import { contention } from "../contention.ts";
import type { Documents } from "../documents.ts";

export function uploadStore(documents: Documents): UploadStore {
  return {
    async get(registryId, uploadId) {
      const document = await documents.get({ kind: "upload", owner: registryId, id: uploadId });
      if (!document) return undefined;
      const body = document.body as Omit<Upload, "registryId" | "uploadId" | "version">;
      return { ...body, registryId, uploadId, version: document.version };
    },
    async put({ registryId, uploadId, version, ...body }) {
      const expiresAt = Date.parse(body.goneAt);
      const document = { kind: "upload", owner: registryId, id: uploadId, version, body, expiresAt } as const;
      if (!(await documents.putVersion(document)))
        throw contention("Another request changed this upload first. Try again.");
    },
  };
}
