import type { Registry, RegistryStore } from "../../ports/registry.ts";
import { attributes, type Item, ofPartition, recordIn } from "./attributes.ts";
import { type Key, listedRegistryKey, registriesPartition, registryKey } from "./keys.ts";
import { putBoth, type Table } from "./table.ts";

/** Each registry twice, in one transaction: by itself, which every request reads, and in the list of all. */
export function dynamoRegistries(table: Table): RegistryStore {
  return {
    async get(registryId) {
      const item = await table.get(registryKey(registryId));
      return item && registryOf(item);
    },
    put: (registry) =>
      putBoth(table, [
        registryItem(registryKey(registry.registryId), registry),
        registryItem(listedRegistryKey(registry.registryId), registry),
      ]),
    async list() {
      const found = (await table.query(ofPartition(registriesPartition))).map(registryOf);
      return found.sort((a, b) => compare(a.name, b.name) || compare(a.registryId, b.registryId));
    },
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

const registryItem = ({ PK, SK }: Key, registry: Registry): Item =>
  attributes({ PK, SK, b: JSON.stringify(registry) });

function registryOf(item: Item): Registry {
  const registry = recordIn<Registry>(item);
  // JSON leaves out what is undefined.
  const { far, requestsPerMinute } = registry.settings;
  return { ...registry, settings: { ...registry.settings, far, requestsPerMinute } };
}
