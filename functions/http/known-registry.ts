import type { Registry } from "../../lib/ports/registry.ts";
import type { Services } from "../../lib/ports/services.ts";

/** The same services, which do not read again the registry that authentication has just read: a round trip a request less. */
export const knowing = (services: Services, registry: Registry): Services => ({
  ...services,
  registries: {
    ...services.registries,
    get: async (registryId) =>
      registryId === registry.registryId ? registry : services.registries.get(registryId),
  },
});
