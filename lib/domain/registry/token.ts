import { crc32 } from "node:zlib";
import type { KeyId } from "../../id.ts";

const TOKEN = /^(vr_([0-9a-hjkmnp-tv-z]{16})_([0-9a-hjkmnp-tv-z]{52}))([0-9a-f]{8})$/;

/**
 * `vr_<kid>_<secret><crc32>`: 16 and 52 characters of base 32 (80 and 256 bits), then the CRC-32 of
 * everything before as 8 hexadecimal digits. The checksum lets a scanner for leaked keys recognize
 * a key without access to the store.
 */
export function formatToken(keyId: KeyId, secret: string): string {
  const body = `vr_${keyId.slice("key_".length)}_${secret}`;
  return body + checksum(body);
}

/** Undefined for another format or a wrong checksum. */
export function parseToken(token: string): { keyId: KeyId; secret: string } | undefined {
  const [, body, kid, secret, sum] = TOKEN.exec(token) ?? [];
  if (body === undefined || secret === undefined || checksum(body) !== sum) return undefined;
  return { keyId: `key_${kid}`, secret };
}

const checksum = (body: string): string => crc32(body).toString(16).padStart(8, "0");
