import { AppError, type Slug } from "../../error.ts";
import type { KeyId, RegistryId } from "../../id.ts";
import type { ApiKey } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import { readRegistry } from "./registry.ts";

/** What `requireStillAllowed` throws. */
export const STOPPING: readonly Slug[] = ["tenant-suspended", "unauthorized"];

/**
 * Checks, before each step of work that outlives its request, that the work may continue.
 *
 * keyId    of the API key that the work was requested with. Undefined: not requested with a key
 * returns  the key as it is now
 * throws   `tenant-suspended`; `unauthorized` if the key was revoked
 */
export async function requireStillAllowed(
  services: Pick<Services, "keys" | "registries">,
  { registryId, keyId }: { registryId: RegistryId; keyId?: KeyId | undefined },
): Promise<ApiKey | undefined> {
  const [registry, key] = await Promise.all([
    readRegistry(services, registryId),
    keyId === undefined ? undefined : services.keys.get(keyId),
  ]);
  if (registry.suspended)
    throw new AppError(
      "tenant-suspended",
      "This registry is suspended. Contact the operator of this service.",
    );
  if (key?.revokedAt !== undefined)
    throw new AppError(
      "unauthorized",
      "The API key that requested this was revoked. Request it with another key.",
    );
  return key;
}
