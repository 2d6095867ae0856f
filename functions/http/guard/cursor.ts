import { createHmac } from "node:crypto";
import { isMadeBy } from "../../../lib/domain/secrets.ts";
import { AppError } from "../../../lib/error.ts";
import type { RegistryId } from "../../../lib/id.ts";
import type { Secrets, Services } from "../../../lib/ports/services.ts";
import type { Page } from "../../../lib/ports/speaker.ts";

const DEFAULT_LIMIT = 100;
const LIFETIME_SECONDS = 3600;
const CURSOR = /^([A-Za-z0-9_-]{1,1024})\.([A-Za-z0-9_-]{43})$/;

type Place = { registryId: RegistryId; route: string };

/**
 * Reads one page of a list. `read` gets the position that the cursor holds, and resolves to the
 * position of the next page. The page's `next` is then a cursor, null on the last page.
 */
export async function pageOf<T>(
  services: Pick<Services, "clock"> & Secrets,
  place: Place,
  { limit = DEFAULT_LIMIT, cursor }: { limit?: number | undefined; cursor?: string | undefined },
  read: (page: { limit: number; after: string | undefined }) => Promise<Page<T>>,
): Promise<{ items: readonly T[]; next: string | null }> {
  const after = cursor === undefined ? undefined : openCursor(services, place, cursor);
  const { items, next } = await read({ limit, after });
  return { items, next: next === undefined ? null : sealCursor(services, place, next) };
}

/** Returns a cursor: the position in a list, signed for one registry and one route. */
export function sealCursor(services: Pick<Services, "clock"> & Secrets, place: Place, after: string): string {
  const expires = Math.floor(services.clock.now().getTime() / 1000) + LIFETIME_SECONDS;
  const payload = Buffer.from(`${expires}:${after}`).toString("base64url");
  return `${payload}.${sealOf(services.secret, place, payload)}`;
}

/**
 * Returns the position that `sealCursor` was called with. Throws `invalid-cursor` for any other
 * text.
 */
export function openCursor(
  services: Pick<Services, "clock"> & Secrets,
  place: Place,
  cursor: string,
): string {
  const [, payload, seal] = CURSOR.exec(cursor) ?? [];
  // Compare the texts: several base64 texts decode to the same bytes.
  if (!payload || !seal || !isMadeBy(services, seal, (secret) => sealOf(secret, place, payload)))
    throw invalidCursor();
  const text = Buffer.from(payload, "base64url").toString();
  const colon = text.indexOf(":");
  if (Number(text.slice(0, colon)) * 1000 <= services.clock.now().getTime()) throw invalidCursor();
  return text.slice(colon + 1);
}

const sealOf = (secret: Uint8Array, { registryId, route }: Place, payload: string): string =>
  createHmac("sha256", secret)
    .update(JSON.stringify(["cursor", registryId, route, payload]))
    .digest("base64url");

const invalidCursor = (): AppError =>
  new AppError("invalid-cursor", "This cursor is invalid or has expired. Start again from the first page.");
