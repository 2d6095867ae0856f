import type { RegistryId } from "../../../id.ts";
import type { Registry, RegistryStore } from "../../../ports/registry.ts";
import type { Document, Documents } from "../documents.ts";
import { changeStored } from "./change.ts";

/**
 * Stores each registry twice in one write: under its ID, which every request reads, and in the list
 * of all. A strongly consistent list matters because setup looks a registry up by name before it
 * makes one.
 */
export function registryStore(documents: Documents): RegistryStore {
  return {
    async get(registryId) {
      const document = await documents.get(placeOf(registryId));
      return document && registryOf(document);
    },
    put(registry) {
      return documents.put(...documentsOf(registry, 1));
    },
    change(registryId, change) {
      return changeStored(documents, placeOf(registryId), { valueOf: registryOf, documentsOf }, change);
    },
    async list() {
      const found = (await documents.list({ kind: "listedRegistry", owner: "" })).map(registryOf);
      return found.sort((a, b) => compare(a.name, b.name) || compare(a.registryId, b.registryId));
    },
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

const placeOf = (registryId: RegistryId) => ({ kind: "registry", owner: "", id: registryId }) as const;

function documentsOf(registry: Registry, version: number): [own: Document, listed: Document] {
  const { registryId, active, ...listed } = registry;
  const document = { owner: "", id: registryId, version };
  return [
    { ...document, kind: "registry", body: { ...listed, active } },
    { ...document, kind: "listedRegistry", body: listed },
  ];
}

function registryOf({ id, body }: Document): Registry {
  return { ...(body as Omit<Registry, "registryId">), registryId: id as RegistryId };
}
