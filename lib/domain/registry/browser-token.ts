import { createHmac } from "node:crypto";
import { isKeyId, type KeyId, parseSpeakerId, type SpeakerId } from "../../id.ts";
import type { ApiKey, Scope } from "../../ports/registry.ts";
import type { Secrets, Services } from "../../ports/services.ts";
import { TOKEN_SCOPES } from "../../schema/key.ts";
import { latestNow } from "../../set-clock.ts";
import { isMadeBy } from "../secrets.ts";

/** What a short-lived token allows: a part of what the key that made it allows. */
export type TokenGrant = {
  keyId: KeyId;
  scopes: readonly Scope[];
  /** Only requests about this speaker. Undefined: all. */
  speakerId?: SpeakerId | undefined;
  /** Epoch seconds. */
  expires: number;
};

const TOKEN = /^vt_([A-Za-z0-9_-]{1,1024})\.([A-Za-z0-9_-]{43})$/;
const MOST_SECONDS = 900;

/**
 * Returns a token that a web page can send instead of the API key, for at most 15 minutes and never
 * longer than the key. Nothing is stored: the token names the key and what it allows, and is sealed
 * with the deployment's secret. Revoking the key ends its tokens.
 *
 * lifetimeSeconds  1 to 900
 */
export function issueToken(
  services: Pick<Services, "clock" | "secret">,
  key: Pick<ApiKey, "expiresAt" | "keyId">,
  input: { scopes: readonly Scope[]; speakerId?: SpeakerId | undefined; lifetimeSeconds: number },
): { token: string; expiresAt: string } {
  const { scopes, speakerId, lifetimeSeconds } = input;
  if (lifetimeSeconds > MOST_SECONDS) throw new RangeError(`a token of ${lifetimeSeconds} s`);
  const now = Math.floor(services.clock.now().getTime() / 1000);
  const keyExpires = key.expiresAt === undefined ? Infinity : Math.floor(Date.parse(key.expiresAt) / 1000);
  const expires = Math.min(now + lifetimeSeconds, keyExpires);
  const grant = [key.keyId, scopes, speakerId ?? null, expires];
  const payload = Buffer.from(JSON.stringify(grant)).toString("base64url");
  const token = `vt_${payload}.${sealOf(services.secret, payload)}`;
  return { token, expiresAt: new Date(expires * 1000).toISOString() };
}

/** Undefined for a text that isn't a token of this deployment, or one that has expired. */
export function openToken(
  services: Pick<Services, "clock"> & Secrets,
  token: string,
): TokenGrant | undefined {
  const [, payload, seal] = TOKEN.exec(token) ?? [];
  if (payload === undefined || seal === undefined) return undefined;
  // Compare the texts: several base64 texts decode to the same bytes.
  if (!isMadeBy(services, seal, (secret) => sealOf(secret, payload))) return undefined;
  const [keyId, scopes, speaker, expires] = JSON.parse(Buffer.from(payload, "base64url").toString());
  if (!isKeyId(keyId) || expires * 1000 <= latestNow(services.clock)) return undefined;
  const speakerId = speaker === null ? undefined : parseSpeakerId(speaker);
  return { keyId, scopes: TOKEN_SCOPES.filter((one) => scopes.includes(one)), speakerId, expires };
}

const sealOf = (secret: Uint8Array, payload: string): string =>
  createHmac("sha256", secret)
    .update(JSON.stringify(["token", payload]))
    .digest("base64url");
