import type { RegistryId } from "../../id.ts";
import type { Registry, RegistryStore, TemplateState } from "../../ports/registry.ts";
import type { TemplateKeys } from "../../ports/template-keys.ts";
import type { Clock } from "../../ports/world.ts";
import { lastUsed } from "../shared/last-used.ts";
import type { Blobs } from "./blobs.ts";

/** How long a process uses the generation that it has read last. */
const STATE_MS = 30_000;
/** A commit reaches the table at most this much later than it began: changes.ts. */
const COMMIT_MS = 60_000;
const CACHED = 1000;

/**
 * Keeps each key in an object of the bucket, `templates/REGISTRY/GENERATION`, which S3 encrypts
 * with the deployment's key in KMS. The encryption context names the registry and the generation.
 */
export function bucketTemplateKeys(blobs: Blobs): TemplateKeys {
  const nameOf = (registryId: RegistryId, generation: number) => `templates/${registryId}/${generation}`;
  return {
    settleMs: STATE_MS + COMMIT_MS + 30_000,
    async get(registryId, generation) {
      return (await blobs.get(nameOf(registryId, generation)))?.bytes;
    },
    async put(registryId, generation, key) {
      const context = { registry: registryId, generation: String(generation) };
      await blobs.put(nameOf(registryId, generation), key, { etag: null }, context);
    },
    remove: (registryId, generation) => blobs.remove(nameOf(registryId, generation)),
    nameOf,
  };
}

/**
 * Returns the registries' store, and a function that returns a registry's generation. Each request
 * reads its registry anyway, and what it read is used for half a minute.
 */
export function observedStates(
  registries: RegistryStore,
  clock: Pick<Clock, "monotonic">,
): { registries: RegistryStore; stateOf: (registryId: RegistryId) => Promise<TemplateState> } {
  const states = lastUsed<{ state: TemplateState; at: number }>(CACHED);
  const note = (registryId: RegistryId, registry: Registry | undefined, at: number) =>
    states.set(registryId, { state: registry?.templates ?? { generation: 0 }, at });
  const get: RegistryStore["get"] = async (registryId) => {
    const at = clock.monotonic();
    const registry = await registries.get(registryId);
    note(registryId, registry, at);
    return registry;
  };
  return {
    registries: {
      ...registries,
      get,
      async put(registry) {
        await registries.put(registry);
        note(registry.registryId, registry, clock.monotonic());
      },
      async change(registryId, change) {
        const at = clock.monotonic();
        const registry = await registries.change(registryId, change);
        note(registryId, registry, at);
        return registry;
      },
    },
    async stateOf(registryId) {
      const known = states.get(registryId);
      if (known && clock.monotonic() - known.at < STATE_MS) return known.state;
      return (await get(registryId))?.templates ?? { generation: 0 };
    },
  };
}
