import type { IdempotencyClaim, IdempotencyStore, StoredReply } from "../../../ports/decision.ts";
import type { Clock } from "../../../ports/world.ts";
import type { Document, Documents } from "../documents.ts";
import type { Workers } from "../workers.ts";
import { rewrite } from "./rewrite.ts";

const LIFETIME_MS = 86_400_000;
/** An unfinished claim that was not renewed for this long has lost its worker. */
const LEASE_MS = 5000;

type Body = {
  requestHash: string;
  reply?: StoredReply;
  /** The process that holds the claim, as `Workers` names it. */
  holder?: string;
  /** The key is free. The document stays, so that versions never start again at 1. */
  released?: true;
};

/**
 * Claims expire after 24 hours. The version is the fencing token: each take-over and renewal raises
 * it, and only the holder of the latest version can renew, finish or release.
 *
 * workers  recognizes ended processes, whose claims are free immediately. Undefined: none are
 */
export function idempotencyStore(
  documents: Documents,
  clock: Pick<Clock, "now">,
  workers: Workers | undefined,
): IdempotencyStore {
  const held = (claim: IdempotencyClaim): Document => documentOf(claim, workers && { holder: workers.own });
  return {
    async claim(registryId, keyHash, requestHash) {
      const claimedAt = clock.now().getTime();
      const claim = { registryId, keyHash, requestHash, claimedAt, version: 1 };
      const existing = await documents.putOnce(held(claim));
      if (!existing) return { state: "claimed", claim };
      const { requestHash: existingHash, reply, holder, released } = existing.body as Body;
      if (!released && existingHash !== requestHash) return { state: "reused" };
      if (reply) return { state: "replay", reply };
      const hasEnded = holder !== undefined && workers?.hasEnded(holder);
      if (!released && !hasEnded) {
        const age = claimedAt - claimTime(existing);
        // A claim from the future was made before a clock was set back.
        if (age >= 0 && age < LEASE_MS) return { state: "in-progress" };
        return { state: "unrenewed", claim: { ...claim, version: existing.version } };
      }
      const takeover = { ...claim, version: existing.version + 1 };
      const won = await documents.putVersion(held(takeover));
      return won ? { state: "claimed", claim: takeover } : { state: "in-progress" };
    },
    async renew(claim) {
      const renewed = { ...claim, claimedAt: clock.now().getTime(), version: claim.version + 1 };
      return (await documents.putVersion(held(renewed))) ? renewed : undefined;
    },
    async finish(claim, reply) {
      // False if another process has taken the claim over: then that process stores its reply.
      await documents.putVersion(documentOf({ ...claim, version: claim.version + 1 }, { reply }));
    },
    async release(claim) {
      const free = { ...claim, version: claim.version + 1 };
      await documents.putVersion(documentOf(free, { released: true }));
    },
    async rewrite(registryId, change) {
      const replaced = await rewrite(documents, { kind: "idempotency", owner: registryId }, (document) => {
        const body = document.body as Body;
        const at = claimTime(document);
        const reply = body.reply && change(body.reply, at);
        return reply && { body: { ...body, reply }, at };
      });
      return replaced.length;
    },
  };
}

function documentOf(claim: IdempotencyClaim, outcome?: Omit<Body, "requestHash">): Document {
  const { registryId, keyHash, requestHash, claimedAt, version } = claim;
  const body: Body = { requestHash, ...outcome };
  const expiresAt = claimedAt + LIFETIME_MS;
  return { kind: "idempotency", owner: registryId, id: keyHash, version, body, at: claimedAt, expiresAt };
}

const claimTime = ({ expiresAt = 0 }: Document): number => expiresAt - LIFETIME_MS;
