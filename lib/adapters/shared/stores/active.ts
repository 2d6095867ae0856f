import type { Active, ActiveStore } from "../../../ports/calibration.ts";
import { contention } from "../contention.ts";
import type { Documents } from "../documents.ts";

export function activeStore(documents: Documents): ActiveStore {
  return {
    async get(registryId, modelId) {
      const document = await documents.get({ kind: "active", owner: registryId, id: modelId });
      if (!document) return undefined;
      const body = document.body as Omit<Active, "modelId" | "registryId" | "version">;
      return { ...body, registryId, modelId, version: document.version };
    },
    async put({ registryId, modelId, version, ...body }) {
      const document = { kind: "active", owner: registryId, id: modelId, version, body } as const;
      if (!(await documents.putVersion(document)))
        throw contention("Another request changed the active cohort or calibration first. Try again.");
    },
  };
}
