import type { ApiKey, KeyStore } from "../../../ports/registry.ts";
import type { Documents } from "../documents.ts";

/**
 * Stores each key twice in one write: under its ID, which every request reads, and in its
 * registry's list.
 */
export function keyStore(documents: Documents): KeyStore {
  return {
    async get(keyId) {
      const document = await documents.get({ kind: "key", owner: "", id: keyId });
      return document && { ...(document.body as Omit<ApiKey, "keyId">), keyId };
    },
    put(key) {
      const { keyId, ...body } = key;
      const { registryId, ...listed } = key;
      return documents.put(
        { kind: "key", owner: "", id: keyId, version: 1, body },
        // IDs sort by age.
        { kind: "listedKey", owner: registryId, id: `${key.createdAt}#${keyId}`, version: 1, body: listed },
      );
    },
    async list(registryId) {
      const found = await documents.list({ kind: "listedKey", owner: registryId });
      return found.map(({ body }) => ({ ...(body as Omit<ApiKey, "registryId">), registryId }));
    },
  };
}
