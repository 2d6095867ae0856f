import type { LimitStore } from "../../ports/decision.ts";
import type { Clock } from "../../ports/world.ts";
import { contention } from "../shared/contention.ts";
import { attributes, type Item, keyOf, numberOf, required } from "./attributes.ts";
import { counterKey, type Key } from "./keys.ts";
import { dynamoRateWindows } from "./rate-window.ts";
import type { Table } from "./table.ts";

const MOST_ATTEMPTS = 5;

/**
 * Counters that reset some time after the last add. n count, f time of the last add, q time at
 * which it resets.
 *
 * If the reply to an add is lost and the SDK sends it again, it counts twice. Limits then apply one
 * request early, never late.
 */
export function runningCounters(table: Pick<Table, "updated">, clock: Pick<Clock, "now">) {
  const now = () => clock.now().getTime();
  const spanOf = (ttlSeconds: number): Span => ({ now: now(), ends: now() + ttlSeconds * 1000 });
  return {
    /** Adds 1 and resolves to the item. */
    async add(key: Key, ttlSeconds: number): Promise<Item> {
      const span = spanOf(ttlSeconds);
      // Adds to a counter that is running or new. If it has expired, restarts it, unless another
      // request restarts it first.
      for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
        const counted = (await table.updated(addTo(key, span))) ?? (await table.updated(restart(key, span)));
        if (counted) return counted;
      }
      throw contention();
    },
    /** As `LimitStore.addWithin`. */
    async addWithin(key: Key, limit: { amount: number; most: number; ttlSeconds: number }): Promise<boolean> {
      const { amount, most, ttlSeconds } = limit;
      const span = spanOf(ttlSeconds);
      const within = addTo(key, span, amount, most - amount);
      const writes = [within, restart(key, span, amount), within];
      // The third write is for a counter that another request has just restarted.
      for (const write of writes) if (await table.updated(write)) return true;
      return false;
    },
  };
}

export const isRunning = (counter: Item, now: number): boolean => required(counter, "q", numberOf) > now;

export const countOf = (counter: Item, now: number): { count: number; ageSeconds: number } => ({
  count: required(counter, "n", numberOf),
  // The clock may have been set back since.
  ageSeconds: Math.max(0, now - required(counter, "f", numberOf)) / 1000,
});

export function dynamoLimits(table: Table, clock: Pick<Clock, "now">): LimitStore {
  const now = () => clock.now().getTime();
  const counters = runningCounters(table, clock);
  return {
    async add(registryId, counter, ttlSeconds) {
      return required(await counters.add(counterKey(registryId, counter), ttlSeconds), "n", numberOf);
    },
    async addWithin(registryId, counter, limit) {
      return limit.amount <= limit.most && counters.addWithin(counterKey(registryId, counter), limit);
    },
    async get(registryId, counter) {
      const item = await table.get(counterKey(registryId, counter));
      return item && isRunning(item, now()) ? countOf(item, now()) : { count: 0, ageSeconds: 0 };
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
