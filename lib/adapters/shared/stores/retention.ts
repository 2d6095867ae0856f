import type { RetentionState, RetentionStore } from "../../../ports/retention.ts";
import type { Documents } from "../documents.ts";

/** One document for each registry. */
export function retentionStore(documents: Documents): RetentionStore {
  const keyOf = (owner: string) => ({ kind: "retention", owner, id: "sweep" }) as const;
  return {
    async get(registryId) {
      const document = await documents.get(keyOf(registryId));
      return document && { ...(document.body as Omit<RetentionState, "registryId">), registryId };
    },
    put: ({ registryId, ...body }) => documents.put({ ...keyOf(registryId), version: 1, body }),
  };
}
