import type { KeyId } from "../../../id.ts";
import type { ApiKey, KeyStore } from "../../../ports/registry.ts";
import type { Document, Documents } from "../documents.ts";
import { changeStored } from "./change.ts";

/**
 * Stores each key twice in one write: under its ID, which every request reads, and in its
 * registry's list.
 */
export function keyStore(documents: Documents): KeyStore {
  return {
    async get(keyId) {
      const document = await documents.get(placeOf(keyId));
      return document && keyOf(document);
    },
    put(key) {
      return documents.put(...documentsOf(key, 1));
    },
    change(keyId, change) {
      return changeStored(documents, placeOf(keyId), { valueOf: keyOf, documentsOf }, change);
    },
    async list(registryId) {
      const found = await documents.list({ kind: "listedKey", owner: registryId });
      return found.map(({ body }) => ({ ...(body as Omit<ApiKey, "registryId">), registryId }));
    },
  };
}

const placeOf = (keyId: KeyId) => ({ kind: "key", owner: "", id: keyId }) as const;

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
