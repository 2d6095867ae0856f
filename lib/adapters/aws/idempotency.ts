import { gunzipSync, gzipSync } from "node:zlib";
import type { IdempotencyStore, StoredReply } from "../../ports/decision.ts";
import type { Clock, Random } from "../../ports/world.ts";
import { attributes, bytesOf, keyOf, textOf } from "./attributes.ts";
import { idempotencyKey, type Key } from "./keys.ts";
import type { Table } from "./table.ts";
import { won, writeMark } from "./versioned.ts";

const KEPT_MS = 86_400_000;
/** An unfinished claim this old has lost its worker. */
const LEASE_MS = 60_000;

/** h request hash, f when it was claimed, r the reply, x the write's mark (versioned.ts). */
export function dynamoIdempotency(
  table: Table,
  { clock, random }: { clock: Pick<Clock, "now">; random: Pick<Random, "bytes"> },
): IdempotencyStore {
  return {
    async claim(registryId, keyHash, requestHash) {
      const mark = writeMark(random);
      const key = idempotencyKey(registryId, keyHash);
      const outcome = await table.put(claimPut(key, { requestHash, mark, now: clock.now().getTime() }));
      if (won(outcome, mark)) return { state: "claimed" };
      const existing = outcome.done ? undefined : outcome.old;
      if (existing && textOf(existing, "h") !== requestHash) return { state: "reused" };
      const reply = existing && bytesOf(existing, "r");
      return reply ? { state: "replay", reply: replyOf(reply) } : { state: "in-progress" };
    },
    async finish(registryId, keyHash, reply) {
      await table.update({
        Key: keyOf(idempotencyKey(registryId, keyHash)),
        UpdateExpression: "SET r = :reply",
        ConditionExpression: "attribute_exists(PK)",
        ExpressionAttributeValues: attributes({ ":reply": new Uint8Array(gzipSync(JSON.stringify(reply))) }),
      });
    },
    async release(registryId, keyHash) {
      await table.delete({
        Key: keyOf(idempotencyKey(registryId, keyHash)),
        ConditionExpression: "attribute_not_exists(r)",
      });
    },
  };
}

/**
 * Over nothing, over what is over, or over an unfinished claim of the same request that lost its worker. A clock that was set
 * back makes a claim look younger: it waits longer, and is never worked on twice.
 */
function claimPut(key: Key, { requestHash, mark, now }: { requestHash: string; mark: string; now: number }) {
  return {
    Item: attributes({ ...key, h: requestHash, f: now, x: mark, ttl: Math.ceil((now + KEPT_MS) / 1000) }),
    ConditionExpression:
      "attribute_not_exists(PK) OR f <= :over OR (h = :hash AND attribute_not_exists(r) AND f <= :lost)",
    ExpressionAttributeValues: attributes({
      ":hash": requestHash,
      ":over": now - KEPT_MS,
      ":lost": now - LEASE_MS,
    }),
  };
}

const replyOf = (bytes: Uint8Array): StoredReply => JSON.parse(gunzipSync(bytes).toString()) as StoredReply;
