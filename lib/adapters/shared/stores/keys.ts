import type { KeyId } from "../../../id.ts";
import type { ApiKey, KeyStore } from "../../../ports/registry.ts";
import { contention } from "../contention.ts";
import type { Document, Documents } from "../documents.ts";

const MOST_ATTEMPTS = 5;

/**
 * Stores each key twice in one write: under its ID, which every request reads, and in its
 * registry's list.
 */
export function keyStore(documents: Documents): KeyStore {
  const read = (keyId: KeyId) => documents.get({ kind: "key", owner: "", id: keyId });
  return {
    async get(keyId) {
      const document = await read(keyId);
      return document && keyOf(document);
    },
    put(key) {
      return documents.put(...documentsOf(key, 1));
    },
    async change(keyId, change) {
      for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
        const document = await read(keyId);
        if (!document) return undefined;
        const key = change(keyOf(document));
        if (await documents.putVersion(...documentsOf(key, document.version + 1))) return key;
      }
      throw contention();
    },
    async list(registryId) {
      const found = await documents.list({ kind: "listedKey", owner: registryId });
      return found.map(({ body }) => ({ ...(body as Omit<ApiKey, "registryId">), registryId }));
    },
  };
}

const keyOf = ({ id, body }: Document): ApiKey => ({
  ...(body as Omit<ApiKey, "keyId">),
  keyId: id as KeyId,
});

function documentsOf(key: ApiKey, version: number): [own: Document, listed: Document] {
  const { keyId, ...body } = key;
  const { registryId, ...listed } = key;
  return [
    { kind: "key", owner: "", id: keyId, version, body },
    // IDs sort by age.
    { kind: "listedKey", owner: registryId, id: `${key.createdAt}#${keyId}`, version, body: listed },
  ];
}
