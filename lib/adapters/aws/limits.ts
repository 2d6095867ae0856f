import type { LimitStore } from "../../ports/decision.ts";
import type { Clock } from "../../ports/world.ts";
import { contention } from "../shared/contention.ts";
import { attributes, keyOf, numberOf, required } from "./attributes.ts";
import { counterKey, type Key } from "./keys.ts";
import type { Table } from "./table.ts";

const TRIES = 5;

/**
 * n count, f when it was last added to, q when it ends. Where the reply to an add is lost and the SDK sends it again, it counts
 * twice: limits then bite one request early, never late.
 */
export function dynamoLimits(table: Table, clock: Pick<Clock, "now">): LimitStore {
  const now = () => clock.now().getTime();
  return {
    async add(registryId, counter, ttlSeconds) {
      const key = counterKey(registryId, counter);
      const span = { now: now(), ends: now() + ttlSeconds * 1000 };
      // The first adds to a counter that runs or is new; the second starts one that is over. Between the two another may start it.
      for (let tries = 0; tries < TRIES; tries++) {
        const counted =
          (await table.updated(addTo(key, span))) ?? (await table.updated(startAnew(key, span)));
        if (counted) return required(counted, "n", numberOf);
      }
      throw contention();
    },
    async get(registryId, counter) {
      const item = await table.get(counterKey(registryId, counter));
      if (!item || required(item, "q", numberOf) <= now()) return { count: 0, ageSeconds: 0 };
      // Never negative, also where the clock was set back since.
      const ageSeconds = Math.max(0, now() - required(item, "f", numberOf)) / 1000;
      return { count: required(item, "n", numberOf), ageSeconds };
    },
    async clear(registryId, counter) {
      await table.delete({ Key: keyOf(counterKey(registryId, counter)) });
    },
  };
}

type Span = { now: number; ends: number };
const values = ({ now, ends }: Span) => ({
  ":now": now,
  ":ends": ends,
  ":ttl": Math.ceil(ends / 1000),
  ":one": 1,
});

const addTo = (key: Key, span: Span) => ({
  Key: keyOf(key),
  UpdateExpression: "SET n = if_not_exists(n, :none) + :one, f = :now, q = :ends, #ttl = :ttl",
  ConditionExpression: "attribute_not_exists(PK) OR q > :now",
  ExpressionAttributeNames: { "#ttl": "ttl" },
  ExpressionAttributeValues: attributes({ ...values(span), ":none": 0 }),
});

const startAnew = (key: Key, span: Span) => ({
  Key: keyOf(key),
  UpdateExpression: "SET n = :one, f = :now, q = :ends, #ttl = :ttl",
  ConditionExpression: "q <= :now",
  ExpressionAttributeNames: { "#ttl": "ttl" },
  ExpressionAttributeValues: attributes(values(span)),
});
