import { createHmac } from "node:crypto";
import type { Secrets, Services } from "../ports/services.ts";
import { isMadeBy } from "./secrets.ts";

const SEALED = /^([a-z]+)_([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})$/;

/**
 * A kind of text that this deployment hands out: what its texts begin with, and the most characters
 * of their content in base64.
 */
export type SealedKind = { name: string; prefix: string; longest: number };

/**
 * Returns a text with this content, which anybody can read and nobody can change. Nothing is
 * stored: the deployment's secret seals it, with HMAC-SHA256.
 */
export function sealedText(
  { secret }: Pick<Services, "secret">,
  { name, prefix }: SealedKind,
  content: readonly unknown[],
): string {
  const payload = Buffer.from(JSON.stringify(content)).toString("base64url");
  return `${prefix}_${payload}.${sealOf(secret, name, payload)}`;
}

/** The content of a text. Undefined unless a secret of this deployment has sealed it. */
export function contentOf(secrets: Secrets, { name, prefix, longest }: SealedKind, text: string) {
  const [, given, payload, seal] = SEALED.exec(text) ?? [];
  if (given !== prefix || payload === undefined || seal === undefined) return undefined;
  if (payload.length > longest) return undefined;
  // Compare the texts: several base64 texts decode to the same bytes.
  if (!isMadeBy(secrets, seal, (secret) => sealOf(secret, name, payload))) return undefined;
  return JSON.parse(Buffer.from(payload, "base64url").toString());
}

const sealOf = (secret: Uint8Array, name: string, payload: string): string =>
  createHmac("sha256", secret)
    .update(JSON.stringify([name, payload]))
    .digest("base64url");
