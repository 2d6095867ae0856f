import type { Erasure, ErasureStore, OptOutStore } from "../../../ports/erasure.ts";
import type { Documents } from "../documents.ts";

export function erasureStore(documents: Documents): ErasureStore {
  return {
    put: ({ registryId, uid, ...body }) =>
      documents.put({ kind: "erasure", owner: registryId, id: uid, version: 1, body }),
    async list(registryId) {
      const found = await documents.list({ kind: "erasure", owner: registryId });
      return found.map(({ id, body }) => {
        const rest = body as Omit<Erasure, "registryId" | "uid">;
        return { ...rest, registryId, uid: id as Erasure["uid"] };
      });
    },
    remove: ({ registryId, uid }) =>
      documents.remove({ kind: "erasure", owner: registryId, id: uid, version: 1 }),
  };
}

export function optOutStore(documents: Documents): OptOutStore {
  const keyOf = (owner: string, id: string) => ({ kind: "optOut", owner, id, version: 1 }) as const;
  return {
    put: (registryId, idHash) => documents.put({ ...keyOf(registryId, idHash), body: {} }),
    has: async (registryId, idHash) => (await documents.get(keyOf(registryId, idHash))) !== undefined,
    remove: (registryId, idHash) => documents.remove(keyOf(registryId, idHash)),
  };
}
