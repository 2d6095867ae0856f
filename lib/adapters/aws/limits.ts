import type { LimitStore } from "../../ports/decision.ts";
import type { Clock } from "../../ports/world.ts";
import { contention } from "../shared/contention.ts";
import { attributes, keyOf, numberOf, required } from "./attributes.ts";
import { counterKey, type Key } from "./keys.ts";
import { dynamoRateWindows } from "./rate-window.ts";
import type { Table } from "./table.ts";

const MOST_ATTEMPTS = 5;

/**
 * n count, f time of the last add, q time at which it resets.
 *
 * If the reply to an add is lost and the SDK sends it again, it counts twice. Limits then apply one
 * request early, never late.
 */
export function dynamoLimits(table: Table, clock: Pick<Clock, "now">): LimitStore {
  const now = () => clock.now().getTime();
  return {
    async add(registryId, counter, ttlSeconds) {
      const key = counterKey(registryId, counter);
      const span = { now: now(), ends: now() + ttlSeconds * 1000 };
      // Adds to a counter that is running or new. If it has expired, restarts it, unless another
      // request restarts it first.
      for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
        const counted = (await table.updated(addTo(key, span))) ?? (await table.updated(restart(key, span)));
        if (counted) return required(counted, "n", numberOf);
      }
      throw contention();
    },
    async get(registryId, counter) {
      const item = await table.get(counterKey(registryId, counter));
      if (!item || required(item, "q", numberOf) <= now()) return { count: 0, ageSeconds: 0 };
      // The clock may have been set back since.
      const ageSeconds = Math.max(0, now() - required(item, "f", numberOf)) / 1000;
      return { count: required(item, "n", numberOf), ageSeconds };
    },
    async subtract(registryId, counter) {
      await table.updated(subtractFrom(counterKey(registryId, counter), now()));
    },
    async clear(registryId, counter) {
      await table.delete({ Key: keyOf(counterKey(registryId, counter)) });
    },
    admit: dynamoRateWindows(table, clock),
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

const subtractFrom = (key: Key, at: number) => ({
  Key: keyOf(key),
  UpdateExpression: "SET n = n - :one",
  ConditionExpression: "n > :none AND q > :now",
  ExpressionAttributeValues: attributes({ ":one": 1, ":none": 0, ":now": at }),
});

const restart = (key: Key, span: Span) => ({
  Key: keyOf(key),
  UpdateExpression: "SET n = :one, f = :now, q = :ends, #ttl = :ttl",
  ConditionExpression: "q <= :now",
  ExpressionAttributeNames: { "#ttl": "ttl" },
  ExpressionAttributeValues: attributes(values(span)),
});
