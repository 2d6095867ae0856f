import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Context } from "hono";
import type { Env } from "./env.ts";

/**
 * Returns a handler for a file that comes with the program. The file is read once. A browser keeps
 * it, and asks each time whether it has changed: after an upgrade it has.
 */
export function staticFile(
  path: string,
  headers: Readonly<Record<string, string>>,
): (c: Context<Env>) => Promise<Response> {
  let file: Promise<{ bytes: Uint8Array<ArrayBuffer>; tag: string }> | undefined;
  const forget = (error: unknown) => {
    file = undefined;
    throw error;
  };
  return async (c: Context<Env>) => {
    file ??= read(path).catch(forget);
    const { bytes, tag } = await file;
    const caching = { "Cache-Control": "no-cache", ETag: tag };
    if (c.req.header("If-None-Match")?.includes(tag)) return c.body(null, 304, caching);
    return c.body(bytes, 200, { ...headers, ...caching });
  };
}

async function read(path: string) {
  const bytes = new Uint8Array(await readFile(path));
  return { bytes, tag: `"${createHash("sha256").update(bytes).digest("base64url")}"` };
}
