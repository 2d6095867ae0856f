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
    async addWithin(registryId, counter, { amount, most, ttlSeconds }) {
      if (amount > most) return false;
      const key = counterKey(registryId, counter);
      const span = { now: now(), ends: now() + ttlSeconds * 1000 };
      const within = addTo(key, span, amount, most - amount);
      const writes = [within, restart(key, span, amount), within];
      // The third write is for a counter that another request has just restarted.
      for (const write of writes) if (await table.updated(write)) return true;
      return false;
    },
    async get(registryId, counter) {
      const item = await table.get(counterKey(registryId, counter));
      if (!item || required(item, "q", numberOf) <= now()) return { count: 0, ageSeconds: 0 };
      // The clock may have been set back since.
      const ageSeconds = Math.max(0, now() - required(item, "f", numberOf)) / 1000;
      return { count: required(item, "n", numberOf), ageSeconds };
    },
    async clear(registryId, counter) {
      await table.delete({ Key: keyOf(counterKey(registryId, counter)) });
    },
    admit: dynamoRateWindows(table, clock),
  };
}

type Span = { now: number; ends: number };
const values = ({ now, ends }: Span, amount: number) => ({
  ":now": now,
  ":ends": ends,
  ":ttl": Math.ceil(ends / 1000),
  ":amount": amount,
});

/** highest: the count to which the amount may be added */
const addTo = (key: Key, span: Span, amount = 1, highest = Number.MAX_SAFE_INTEGER) => ({
  Key: keyOf(key),
  UpdateExpression: "SET n = if_not_exists(n, :none) + :amount, f = :now, q = :ends, #ttl = :ttl",
  ConditionExpression: "attribute_not_exists(PK) OR (q > :now AND n <= :highest)",
  ExpressionAttributeNames: { "#ttl": "ttl" },
  ExpressionAttributeValues: attributes({ ...values(span, amount), ":none": 0, ":highest": highest }),
});

const restart = (key: Key, span: Span, amount = 1) => ({
  Key: keyOf(key),
  UpdateExpression: "SET n = :amount, f = :now, q = :ends, #ttl = :ttl",
  ConditionExpression: "q <= :now",
  ExpressionAttributeNames: { "#ttl": "ttl" },
  ExpressionAttributeValues: attributes(values(span, amount)),
});
