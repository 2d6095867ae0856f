import { hkdfSync } from "node:crypto";
import { AppError } from "../../error.ts";
import type { RegistryId } from "../../id.ts";
import type { TemplateState } from "../../ports/registry.ts";
import type { TemplateKeys } from "../../ports/template-keys.ts";
import { bytesOfRound, type Rotation, rotationFrom } from "../../score/scoring/rotation.ts";
import { lastUsed } from "./last-used.ts";

/** Rotations and keys to keep in memory, of 30 KB and 32 bytes. */
const KEPT = 300;

/** How a store of this deployment turns vectors for storing, and back. */
export type Templates = {
  /** Which generation to write under. */
  state(registryId: RegistryId): Promise<TemplateState>;
  /** The rotation of a generation, that of generation 0 being none. Throws as `key` does. */
  rotation(registryId: RegistryId, generation: number, dimension: number): Promise<Rotation>;
  /** Derives 32 bytes for another purpose. Throws `storage-unavailable` if the key is missing. */
  key(registryId: RegistryId, generation: number, purpose: string): Promise<Uint8Array>;
};

export const NO_ROTATION: Rotation = {
  apply: (vector) => new Float64Array(vector),
  undo: (vector) => new Float64Array(vector),
};

/** stateOf: the registry's, generation 0 for an unknown registry */
export function templates(keys: TemplateKeys, stateOf: Templates["state"]): Templates {
  const secrets = lastUsed<Uint8Array>(KEPT);
  const rotations = lastUsed<Rotation>(KEPT);

  async function secret(registryId: RegistryId, generation: number): Promise<Uint8Array> {
    const name = `${registryId} ${generation}`;
    const known = secrets.get(name) ?? (await keys.get(registryId, generation));
    if (!known) throw missing(keys.nameOf(registryId, generation));
    secrets.set(name, known);
    return known;
  }

  return {
    state: stateOf,
    async rotation(registryId, generation, dimension) {
      if (generation === 0) return NO_ROTATION;
      const name = `${registryId} ${generation} ${dimension}`;
      const known = rotations.get(name);
      if (known) return known;
      const from = await secret(registryId, generation);
      const rotation = rotationFrom(dimension, (round) =>
        derived(from, `rotation ${registryId} ${generation} ${dimension} ${round}`, bytesOfRound(dimension)),
      );
      rotations.set(name, rotation);
      return rotation;
    },
    async key(registryId, generation, purpose) {
      return derived(await secret(registryId, generation), `${purpose} ${registryId} ${generation}`, 32);
    },
  };
}

/** HKDF gives at most 255 hashes of 64 bytes at once, so a long output comes in parts. */
const MOST_DERIVED = 255 * 64;

function derived(secret: Uint8Array, purpose: string, bytes: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes; at += MOST_DERIVED) {
    const info = `voiceroll templates 1: ${purpose}, from byte ${at}`;
    const length = Math.min(MOST_DERIVED, bytes - at);
    parts.push(new Uint8Array(hkdfSync("sha512", secret, new Uint8Array(), info, length)));
  }
  return new Uint8Array(Buffer.concat(parts));
}

const missing = (where: string) =>
  new AppError(
    "storage-unavailable",
    `The template key ${where} is missing, so the voiceprints stored under it can't be read. Restore it from a ` +
      "backup. Without it, the speakers must be erased and enrolled again.",
  );
