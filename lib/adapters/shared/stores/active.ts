import type { Active, ActiveStore } from "../../../ports/calibration.ts";
import type { RegistryStore } from "../../../ports/registry.ts";
import { contention } from "../contention.ts";
import type { Documents } from "../documents.ts";

type Body = Omit<Active, "modelId" | "registryId" | "version">;

/**
 * Choices are stored with their registry, which every request reads. Those of a registry that was
 * created before have a document of their own for each model, and keep it.
 */
export function activeStore(
  documents: Documents,
  registries: Pick<RegistryStore, "change" | "get">,
): ActiveStore {
  return {
    async get(registryId, modelId) {
      const active = (await registries.get(registryId))?.active;
      if (active) return active[modelId] && { ...active[modelId], registryId, modelId };
      const document = await documents.get({ kind: "active", owner: registryId, id: modelId });
      return document && { ...(document.body as Body), registryId, modelId, version: document.version };
    },
    async put({ registryId, modelId, version, ...body }) {
      if (!(await registries.get(registryId))?.active) {
        const document = { kind: "active", owner: registryId, id: modelId, version, body } as const;
        if (!(await documents.putVersion(document))) throw overtaken();
        return;
      }
      await registries.change(registryId, (registry) => {
        if ((registry.active?.[modelId]?.version ?? 0) !== version - 1) throw overtaken();
        return { ...registry, active: { ...registry.active, [modelId]: { ...body, version } } };
      });
    },
  };
}

const overtaken = () =>
  contention("Another request changed the active cohort or calibration first. Try again.");
