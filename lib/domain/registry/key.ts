import { createHmac } from "node:crypto";
import { AppError } from "../../error.ts";
import { base32, type KeyId, makeId, type RegistryId } from "../../id.ts";
import type { ApiKey, Registry } from "../../ports/registry.ts";
import type { Secrets, Services } from "../../ports/services.ts";
import type { KeyView } from "../../schema/key.ts";
import { latestNow } from "../../set-clock.ts";
import { isMadeBy } from "../secrets.ts";
import { audioSecondsToday } from "./audio-quota.ts";
import { openToken, type TokenGrant } from "./browser-token.ts";
import { readRegistry } from "./registry.ts";
import { formatToken, parseToken } from "./token.ts";

/** Creates an API key. The token can't be read again: the store has only the secret's HMAC. */
export async function issueKey(
  services: Pick<Services, "clock" | "keys" | "random" | "secret">,
  input: Pick<ApiKey, "audioSecondsPerDay" | "expiresAt" | "name" | "registryId" | "scopes">,
): Promise<{ key: ApiKey; token: string }> {
  const keyId = makeId("key", services.random.bytes(10));
  const secret = base32(services.random.bytes(32));
  const key = {
    keyId,
    registryId: input.registryId,
    name: input.name,
    hash: hashOf(services.secret, secret),
    scopes: input.scopes,
    createdAt: services.clock.now().toISOString(),
    expiresAt: input.expiresAt,
    revokedAt: undefined,
    audioSecondsPerDay: input.audioSecondsPerDay,
  };
  await services.keys.put(key);
  return { key, token: formatToken(keyId, secret) };
}

/**
 * The key and the registry that a token belongs to. With a short-lived token, `grant` is what it
 * allows, and the key has only its scopes.
 *
 * throws `unauthorized`, the same for every cause; `tenant-suspended`, only to a valid key
 */
export async function authenticate(
  services: Pick<Services, "clock" | "keys" | "registries"> & Secrets,
  token: string,
): Promise<{ key: ApiKey; registry: Registry; grant?: TokenGrant | undefined }> {
  const grant = openToken(services, token);
  const key = grant ? await services.keys.get(grant.keyId) : await keyWith(services, token);
  if (!key || key.revokedAt !== undefined) throw unauthorized();
  if (key.expiresAt !== undefined && Date.parse(key.expiresAt) <= latestNow(services.clock))
    throw unauthorized();
  const registry = await readRegistry(services, key.registryId);
  if (registry.suspended)
    throw new AppError(
      "tenant-suspended",
      "This registry is suspended. Contact the operator of this service.",
    );
  if (!grant) return { key, registry };
  // The key may have been changed since it made the token.
  const scopes = grant.scopes.filter((scope) => key.scopes.includes(scope));
  return { key: { ...key, scopes }, registry, grant };
}

/** Undefined unless the token has the key's secret. */
async function keyWith(
  services: Pick<Services, "keys"> & Secrets,
  token: string,
): Promise<ApiKey | undefined> {
  const parsed = parseToken(token);
  if (!parsed) return undefined;
  const key = await services.keys.get(parsed.keyId);
  // Hash and compare for an unknown key id too, so that the response time doesn't reveal known ids.
  const same = isMadeBy(services, key?.hash ?? NO_HASH, (pepper) => hashOf(pepper, parsed.secret));
  return same ? key : undefined;
}

/** Revokes a key. Revoking it again keeps the first revocation time. */
export function revokeKey(
  services: Pick<Services, "clock" | "keys">,
  input: { registryId: RegistryId; keyId: KeyId },
): Promise<ApiKey> {
  const revokedAt = services.clock.now().toISOString();
  return changeKey(services, input, (key) => ({ ...key, revokedAt: key.revokedAt ?? revokedAt }));
}

/**
 * Changes the name and the quota of a key; undefined keeps them. audioSecondsPerDay: null removes
 * the quota
 */
export function updateKey(
  services: Pick<Services, "keys">,
  input: {
    registryId: RegistryId;
    keyId: KeyId;
    name?: string | undefined;
    audioSecondsPerDay?: number | null | undefined;
  },
): Promise<ApiKey> {
  const { name, audioSecondsPerDay } = input;
  return changeKey(services, input, (key) => ({
    ...key,
    name: name ?? key.name,
    audioSecondsPerDay:
      audioSecondsPerDay === undefined ? key.audioSecondsPerDay : (audioSecondsPerDay ?? undefined),
  }));
}

async function changeKey(
  services: Pick<Services, "keys">,
  { registryId, keyId }: { registryId: RegistryId; keyId: KeyId },
  change: (key: ApiKey) => ApiKey,
): Promise<ApiKey> {
  const own = (await services.keys.get(keyId))?.registryId === registryId;
  const changed = own ? await services.keys.change(keyId, change) : undefined;
  if (changed) return changed;
  throw new AppError("key-not-found", `No key ${keyId} exists in this registry.`);
}

export function listKeys(
  services: Pick<Services, "keys">,
  input: { registryId: RegistryId },
): Promise<readonly ApiKey[]> {
  return services.keys.list(input.registryId);
}

/** A key without its hash, with the seconds of audio that it has sent today. */
export async function keyView(services: Pick<Services, "clock" | "limits">, key: ApiKey): Promise<KeyView> {
  const { keyId, name, scopes, createdAt, expiresAt, revokedAt, audioSecondsPerDay } = key;
  return {
    id: keyId,
    name,
    scopes,
    createdAt,
    expiresAt: expiresAt ?? null,
    revokedAt: revokedAt ?? null,
    audioSecondsPerDay: audioSecondsPerDay ?? null,
    audioSecondsToday: audioSecondsPerDay === undefined ? null : await audioSecondsToday(services, key),
  };
}

const NO_HASH = "0".repeat(64);

const hashOf = (pepper: Uint8Array, secret: string): string =>
  createHmac("sha256", pepper).update(secret).digest("hex");

const unauthorized = (): AppError =>
  new AppError("unauthorized", "Send a valid API key as `Authorization: Bearer vr_...`.");
