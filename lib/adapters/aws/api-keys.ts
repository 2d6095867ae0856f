import type { ApiKey, KeyStore } from "../../ports/registry.ts";
import { attributes, type Item, ofPartition, recordIn } from "./attributes.ts";
import { apiKeyKey, apiKeysPartition, type Key, listedApiKeyKey } from "./keys.ts";
import { putBoth, type Table } from "./table.ts";

/** Each key twice, in one transaction: by its id, which every request reads, and in its registry's list by age. */
export function dynamoKeys(table: Table): KeyStore {
  return {
    async get(keyId) {
      const item = await table.get(apiKeyKey(keyId));
      return item && keyOf(item);
    },
    put: (key) =>
      putBoth(table, [
        keyItem(apiKeyKey(key.keyId), key),
        keyItem(listedApiKeyKey(key.registryId, key.createdAt, key.keyId), key),
      ]),
    async list(registryId) {
      return (await table.query(ofPartition(apiKeysPartition(registryId)))).map(keyOf);
    },
  };
}

const keyItem = ({ PK, SK }: Key, key: ApiKey): Item => attributes({ PK, SK, b: JSON.stringify(key) });

function keyOf(item: Item): ApiKey {
  const key = recordIn<ApiKey>(item);
  return { ...key, expiresAt: key.expiresAt ?? undefined, revokedAt: key.revokedAt ?? undefined };
}
