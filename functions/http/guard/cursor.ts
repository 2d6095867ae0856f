import { createHmac, timingSafeEqual } from "node:crypto";
import { AppError } from "../../../lib/error.ts";
import type { RegistryId } from "../../../lib/id.ts";
import type { Services } from "../../../lib/ports/services.ts";

const LIFETIME_SECONDS = 3600;
const CURSOR = /^([A-Za-z0-9_-]{1,1024})\.([A-Za-z0-9_-]{43})$/;

type Place = { registryId: RegistryId; route: string };

/** Returns a cursor: the position in a list, signed for one registry and one route. */
export function sealCursor(
  services: Pick<Services, "clock" | "secret">,
  place: Place,
  after: string,
): string {
  const expires = Math.floor(services.clock.now().getTime() / 1000) + LIFETIME_SECONDS;
  const payload = Buffer.from(`${expires}:${after}`).toString("base64url");
  return `${payload}.${sealOf(services, place, payload)}`;
}

/**
 * Returns the position that `sealCursor` was called with. Throws `invalid-cursor` for any other
 * text.
 */
export function openCursor(
  services: Pick<Services, "clock" | "secret">,
  place: Place,
  cursor: string,
): string {
  const [, payload, seal] = CURSOR.exec(cursor) ?? [];
  // Compare the texts: several base64 texts decode to the same bytes.
  if (!payload || !seal || !timingSafeEqual(Buffer.from(seal), Buffer.from(sealOf(services, place, payload))))
    throw invalidCursor();
  const text = Buffer.from(payload, "base64url").toString();
  const colon = text.indexOf(":");
  if (Number(text.slice(0, colon)) * 1000 <= services.clock.now().getTime()) throw invalidCursor();
  return text.slice(colon + 1);
}

const sealOf = (
  { secret }: Pick<Services, "secret">,
  { registryId, route }: Place,
  payload: string,
): string =>
  createHmac("sha256", secret)
    .update(JSON.stringify(["cursor", registryId, route, payload]))
    .digest("base64url");

const invalidCursor = (): AppError =>
  new AppError("invalid-cursor", "This cursor is invalid or has expired. Start again from the first page.");
