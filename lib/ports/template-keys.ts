import type { RegistryId } from "../id.ts";

/**
 * The keys of the rotations under which registries store voiceprints (docs/templates.md). They are
 * never kept where the voiceprints are.
 */
export type TemplateKeys = {
  /**
   * How long a process may go on writing under a registry's former generation after the registry
   * has a new one, milliseconds.
   */
  readonly settleMs: number;
  /** Undefined if there is no key of this generation. */
  get(registryId: RegistryId, generation: number): Promise<Uint8Array | undefined>;
  /** Keeps an existing key. key: 32 bytes. Durable when it resolves. */
  put(registryId: RegistryId, generation: number, key: Uint8Array): Promise<void>;
  /** Ignores a key that isn't there. Afterward, nothing can read what was stored under it. */
  remove(registryId: RegistryId, generation: number): Promise<void>;
  /** Where the key is, for messages to a person. */
  nameOf(registryId: RegistryId, generation: number): string;
};
