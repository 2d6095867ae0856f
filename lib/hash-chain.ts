import { sha256Of } from "./sha256.ts";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** The hash before the first entry of a chain: 64 zeros. */
export const NO_HASH = "0".repeat(64);

/**
 * Returns the hash of an entry: SHA-256 of its canonical JSON without the field `hash`, 64
 * hexadecimal digits. The entry names the hash of the one before it, so the hash covers the whole
 * chain up to this entry.
 */
export function entryHash(entry: Readonly<Record<string, Json>>): string {
  const { hash: _, ...content } = entry;
  return sha256Of(new TextEncoder().encode(canonicalJson(content)));
}

/**
 * Returns JSON without spaces whose names are sorted by UTF-16 code units (RFC 8785). Numbers and
 * strings are written as `JSON.stringify` writes them, which is what the RFC requires.
 */
function canonicalJson(value: Json): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name] ?? null)}`).join(",")}}`;
}

const isList = (value: object): value is readonly Json[] => Array.isArray(value);
