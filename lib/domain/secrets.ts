import { timingSafeEqual } from "node:crypto";
import type { Secrets } from "../ports/services.ts";

/** The deployment's secret, then those that it had before. */
export const everySecret = ({ secret, formerSecrets }: Secrets): readonly Uint8Array[] => [
  secret,
  ...formerSecrets,
];

/**
 * Whether a text is what `make` returns for one of the secrets. Takes the same time for every text
 * of the right length. Throws if the lengths differ.
 */
export function isMadeBy(secrets: Secrets, text: string, make: (secret: Uint8Array) => string): boolean {
  const given = Buffer.from(text);
  // All are compared, so that the time doesn't tell which one matched.
  return everySecret(secrets)
    .map((secret) => timingSafeEqual(given, Buffer.from(make(secret))))
    .includes(true);
}
