import { createHmac, timingSafeEqual } from "node:crypto";
import { AppError } from "../../error.ts";
import { base32, type KeyId, makeId, type RegistryId } from "../../id.ts";
import type { ApiKey, Registry, Scope } from "../../ports/registry.ts";
import type { Services } from "../../ports/services.ts";
import { readRegistry } from "./registry.ts";
import { formatToken, parseToken } from "./token.ts";

/** The token is shown once; only the secret's HMAC is stored. */
export async function issueKey(
  services: Pick<Services, "clock" | "keys" | "random" | "secret">,
  input: { registryId: RegistryId; name: string; scopes: readonly Scope[]; expiresAt?: string | undefined },
): Promise<{ key: ApiKey; token: string }> {
  const keyId = makeId("key", services.random.bytes(10));
  const secret = base32(services.random.bytes(20));
  const key = {
    keyId,
    registryId: input.registryId,
    name: input.name,
    hash: hashOf(services.secret, secret),
    scopes: input.scopes,
    createdAt: services.clock.now().toISOString(),
    expiresAt: input.expiresAt,
    revokedAt: undefined,
  };
  await services.keys.put(key);
  return { key, token: formatToken(keyId, secret) };
}

/** Every cause gives one and the same `unauthorized`; a suspended registry is told only to its own keys. */
export async function authenticate(
  services: Pick<Services, "clock" | "keys" | "registries" | "secret">,
  token: string,
): Promise<{ key: ApiKey; registry: Registry }> {
  const parsed = parseToken(token);
  if (!parsed) throw refused();
  const key = await services.keys.get(parsed.keyId);
  // An unknown key id costs the same hash and comparison as a known one.
  const same = timingSafeEqual(
    Buffer.from(hashOf(services.secret, parsed.secret)),
    Buffer.from(key?.hash ?? NO_HASH),
  );
  if (!key || !same || key.revokedAt !== undefined) throw refused();
  if (key.expiresAt !== undefined && Date.parse(key.expiresAt) <= services.clock.now().getTime())
    throw refused();
  const registry = await readRegistry(services, key.registryId);
  if (registry.suspended)
    throw new AppError("tenant-suspended", "This registry is suspended; ask who runs this service.");
  return { key, registry };
}

/** From now on the key is refused; revoking twice keeps the first time. */
export async function revokeKey(
  services: Pick<Services, "clock" | "keys">,
  input: { registryId: RegistryId; keyId: KeyId },
): Promise<ApiKey> {
  const key = await services.keys.get(input.keyId);
  if (!key || key.registryId !== input.registryId) {
    const detail = `No key ${input.keyId} in this registry.`;
    throw new AppError("validation-failed", detail, { errors: [{ pointer: "/keyId", detail }] });
  }
  if (key.revokedAt !== undefined) return key;
  const revoked = { ...key, revokedAt: services.clock.now().toISOString() };
  await services.keys.put(revoked);
  return revoked;
}

export function listKeys(
  services: Pick<Services, "keys">,
  input: { registryId: RegistryId },
): Promise<readonly ApiKey[]> {
  return services.keys.list(input.registryId);
}

const NO_HASH = "0".repeat(64);

const hashOf = (pepper: Uint8Array, secret: string): string =>
  createHmac("sha256", pepper).update(secret).digest("hex");

const refused = (): AppError =>
  new AppError("unauthorized", "Send a valid API key as `Authorization: Bearer vr_...`.");
