import type { RegistryId, UploadId } from "../../../id.ts";
import type { Upload, UploadStore } from "../../../ports/upload.ts";
import { contention } from "../contention.ts";
import type { Document, Documents } from "../documents.ts";
import { outgoingDocument } from "./outbox.ts";
import { rewrite } from "./rewrite.ts";

export function uploadStore(documents: Documents): UploadStore {
  return {
    async get(registryId, uploadId) {
      const document = await documents.get({ kind: "upload", owner: registryId, id: uploadId });
      return document && uploadOf(registryId, document);
    },
    async put({ registryId, uploadId, version, ...body }, outgoing = []) {
      const expiresAt = Date.parse(body.goneAt);
      const key = { kind: "upload", owner: registryId, id: uploadId } as const;
      const at = Date.parse(body.createdAt);
      const document = { ...key, version, body, at, expiresAt };
      if (!(await documents.putVersion(document, ...outgoing.map(outgoingDocument))))
        throw contention("Another request changed this upload first. Try again.");
    },
    async rewrite(registryId, change) {
      const collection = { kind: "upload", owner: registryId } as const;
      const replaced = await rewrite(documents, collection, (document) => {
        const changed = change(uploadOf(registryId, document));
        if (!changed) return undefined;
        const { registryId: _registry, uploadId: _upload, version: _version, ...body } = changed;
        return { body, at: Date.parse(body.createdAt) };
      });
      return replaced as UploadId[];
    },
  };
}

function uploadOf(registryId: RegistryId, { id, version, body }: Document): Upload {
  const rest = body as Omit<Upload, "registryId" | "uploadId" | "version">;
  return { ...rest, registryId, uploadId: id as UploadId, version };
}
