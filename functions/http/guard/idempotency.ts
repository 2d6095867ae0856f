import { createHash } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import type { StatusCode } from "hono/utils/http-status";
import { AppError } from "../../../lib/error.ts";
import type { RegistryId } from "../../../lib/id.ts";
import type { IdempotencyClaim, StoredReply } from "../../../lib/ports/decision.ts";
import type { Services } from "../../../lib/ports/services.ts";
import type { Env } from "../env.ts";
import { essence } from "./media-type.ts";
import { boundaryOf, multipartPieces } from "./multipart-pieces.ts";

const KEY = /^[\x20-\x7e]{1,255}$/;
/** Well below the 5 s after which a claim counts as abandoned. */
const RENEWAL_MS = 1500;
/** Enough for a living holder to renew its claim once. */
const WATCH_MS = 2 * RENEWAL_MS;
const MARK_DIGITS = 32;
const STORED_HEADERS = ["content-type", "etag", "location", "erasure-receipt"];

type Needs = Pick<Services, "clock" | "idempotency">;

/**
 * Implements draft-ietf-httpapi-idempotency-key-header-07. Stores successful replies only: a failed
 * request has changed nothing, so its Idempotency-Key can be used again. Two API keys never share
 * an Idempotency-Key, because one of them may see scores and the other may not.
 */
export const idempotent =
  (services: Needs): MiddlewareHandler<Env> =>
  async (c, next) => {
    const key = c.req.header("Idempotency-Key");
    if (key === undefined) return next();
    if (!KEY.test(key))
      throw new AppError(
        "idempotency-key-invalid",
        "Send an Idempotency-Key of 1 to 255 printable ASCII characters.",
      );
    const { registryId } = c.var.registry;
    const names = { keyHash: sha256(senderOf(c), key), requestHash: requestHash(c) };
    const claimed = await claimOrReply(services, registryId, names);
    if ("reply" in claimed) {
      const { status, headers, body } = claimed.reply;
      const replay = { ...headers, "Idempotent-Replayed": "true" };
      return c.newResponse(body === "" ? null : body, status as StatusCode, replay);
    }
    const mark = sha256(names.keyHash, names.requestHash).slice(0, MARK_DIGITS);
    c.set("attempt", { mark, retry: claimed.claim.version > 1 });
    const renewal = keepRenewed(services, claimed.claim);
    await next().finally(renewal.stop);
    const latest = await renewal.stop();
    if (!c.res.ok) return services.idempotency.release(latest);
    const stored = STORED_HEADERS.flatMap((name) => {
      const value = c.res.headers.get(name);
      return value === null ? [] : [[name, value] as const];
    });
    const body = await c.res.clone().text();
    const headers = Object.fromEntries(stored);
    await services.idempotency.finish(latest, { status: c.res.status, headers, body });
  };

/** A token may see less than its key, so it replays only what equal tokens have got. */
function senderOf(c: Context<Env>): string {
  const { key, token } = c.var;
  return token ? JSON.stringify([key.keyId, key.scopes, token.speakerId]) : key.keyId;
}

/** Throws `idempotency-key-reused` and `idempotency-in-progress`. */
async function claimOrReply(
  { clock, idempotency }: Needs,
  registryId: RegistryId,
  { keyHash, requestHash }: { keyHash: string; requestHash: string },
): Promise<{ claim: IdempotencyClaim } | { reply: StoredReply }> {
  const found = await idempotency.claim(registryId, keyHash, requestHash);
  if (found.state === "claimed" || found.state === "replay") return found;
  if (found.state !== "unrenewed") throw refusal(found.state);
  // A clock that was set makes a living holder's claim look old. Its next renewal shows the truth.
  await clock.sleep(WATCH_MS);
  const claim = await idempotency.renew(found.claim);
  if (!claim) throw refusal("in-progress");
  return { claim };
}

/**
 * Renews a claim until `stop`, which resolves to the latest claim. A renewal that fails is tried
 * again at the next interval.
 */
function keepRenewed(services: Pick<Services, "idempotency">, claim: IdempotencyClaim) {
  let latest = claim;
  let renewing: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    renewing = renewing.then(async () => {
      latest = (await services.idempotency.renew(latest).catch(() => undefined)) ?? latest;
    });
  }, RENEWAL_MS);
  timer.unref();
  return {
    stop: async (): Promise<IdempotencyClaim> => {
      clearInterval(timer);
      await renewing;
      return latest;
    },
  };
}

function refusal(state: "reused" | "in-progress"): AppError {
  if (state === "reused")
    return new AppError(
      "idempotency-key-reused",
      "This Idempotency-Key was used for a different request. Send a new one.",
    );
  return new AppError(
    "idempotency-in-progress",
    "The first request with this Idempotency-Key is still in progress. Try again shortly.",
    { retryAfterSeconds: 1 },
  );
}

function requestHash(c: Context<Env>): string {
  const { pathname, search } = new URL(c.req.url);
  const contentType = c.req.header("Content-Type") ?? "";
  const request = [c.req.method, pathname, search];
  const boundary = c.var.bodyKind === "multipart" ? boundaryOf(contentType) : undefined;
  if (boundary === undefined) return sha256(...request, contentType, c.var.body);
  // Clients choose a new boundary for each attempt.
  return sha256(...request, essence(contentType), ...multipartPieces(c.var.body, boundary));
}

/** Hashes each part with its length in front, so that different lists of parts never hash alike. */
function sha256(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest("hex");
}
