import { isKeyId, type KeyId, parseSpeakerId, type SpeakerId } from "../../id.ts";
import type { ApiKey, Scope } from "../../ports/registry.ts";
import type { Secrets, Services } from "../../ports/services.ts";
import { TOKEN_SCOPES } from "../../schema/key.ts";
import { latestNow } from "../../set-clock.ts";
import { contentOf, sealedText } from "../sealed-text.ts";

/** What a short-lived token allows: a part of what the key that made it allows. */
export type TokenGrant = {
  keyId: KeyId;
  scopes: readonly Scope[];
  /** Only requests about this speaker. Undefined: all. */
  speakerId?: SpeakerId | undefined;
  /** Epoch seconds. */
  expires: number;
};

const TOKEN = { name: "token", prefix: "vt", longest: 1024 };
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
  return { token: sealedText(services, TOKEN, grant), expiresAt: new Date(expires * 1000).toISOString() };
}

/** Undefined for a text that isn't a token of this deployment, or one that has expired. */
export function openToken(
  services: Pick<Services, "clock"> & Secrets,
  token: string,
): TokenGrant | undefined {
  const content = contentOf(services, TOKEN, token);
  if (content === undefined) return undefined;
  const [keyId, scopes, speaker, expires] = content;
  if (!isKeyId(keyId) || expires * 1000 <= latestNow(services.clock)) return undefined;
  const speakerId = speaker === null ? undefined : parseSpeakerId(speaker);
  return { keyId, scopes: TOKEN_SCOPES.filter((one) => scopes.includes(one)), speakerId, expires };
}
