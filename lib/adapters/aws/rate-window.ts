import type { RegistryId } from "../../id.ts";
import type { RateAdmission } from "../../ports/decision.ts";
import type { Clock } from "../../ports/world.ts";
import { attributes, type Item, keyOf, numberOf } from "./attributes.ts";
import { counterKey, type Key } from "./keys.ts";
import { type Admitted, admittedAhead } from "./rate-ahead.ts";
import type { Table } from "./table.ts";

const CELL_MS = 10_000;
const CELLS_PER_MINUTE = 6;
/** The current cell and the six before it cover the last 60 seconds at any time. */
const CELLS = 7;
const KEPT_MS = 180_000;

/**
 * Counts requests per 10 seconds, all of a minute in one item (c0 to c5). A request counts for 60
 * to 70 seconds, so no 60 seconds ever admit more than the quota. A busy process counts several
 * requests of a cell at once (rate-ahead.ts).
 */
export function dynamoRateWindows(table: Table, clock: Pick<Clock, "now">) {
  /**
   * Counts requests of this cell, as many as `wanted` returns for those that the quota has left.
   */
  async function count(
    key: (minute: number) => Key,
    { cell, quota, wanted }: { cell: number; quota: number; wanted: (left: number) => number },
  ): Promise<Admitted> {
    const minute = Math.floor(cell / CELLS_PER_MINUTE);
    const [before, current] = await Promise.all([table.get(key(minute - 1)), table.get(key(minute))]);
    const counts = (latest: Item | undefined) =>
      AGES.map((age) => {
        const item = Math.floor((cell - age) / CELLS_PER_MINUTE) === minute ? latest : before;
        return countIn(item, cell - age);
      });
    const admitted = (latest: Item | undefined, requests: number): Admitted => {
      const oldestAge = counts(latest).findLastIndex((number) => number > 0);
      const endsAt = (cell - Math.max(0, oldestAge) + CELLS) * CELL_MS;
      return { requests, left: Math.max(0, quota - sum(counts(latest))), endsAt };
    };
    const left = quota - sum(counts(current));
    // A rejected request isn't counted: a client that keeps sending is admitted again in time.
    if (left <= 0) return admitted(current, 0);
    const amount = wanted(left);
    const added = await table.updated(addTo(key(minute), cell, amount));
    // Requests that arrived together have all read a count below the quota.
    return admitted(added, Math.max(0, amount - Math.max(0, sum(counts(added)) - quota)));
  }

  const ahead = admittedAhead();
  return async (registryId: RegistryId, counter: string, quota: number): Promise<RateAdmission> => {
    const now = clock.now().getTime();
    const cell = Math.floor(now / CELL_MS);
    const key = (minute: number) => counterKey(registryId, `${counter}:${minute}`);
    const { requests, left, endsAt } = await ahead(`${registryId} ${counter} ${quota}`, cell, (wanted) =>
      count(key, { cell, quota, wanted }),
    );
    const resetSeconds = Math.max(1, Math.ceil((endsAt - now) / 1000));
    return { admitted: requests > 0, remaining: left, resetSeconds };
  };
}

const AGES = Array.from({ length: CELLS }, (_, age) => age);
const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
const cellName = (cell: number): string => `c${cell % CELLS_PER_MINUTE}`;
const countIn = (item: Item | undefined, cell: number): number =>
  (item && numberOf(item, cellName(cell))) ?? 0;

const addTo = (key: Key, cell: number, amount: number) => ({
  Key: keyOf(key),
  UpdateExpression: "SET #cell = if_not_exists(#cell, :none) + :amount, #ttl = :ttl",
  ExpressionAttributeNames: { "#cell": cellName(cell), "#ttl": "ttl" },
  ExpressionAttributeValues: attributes({
    ":none": 0,
    ":amount": amount,
    ":ttl": Math.ceil((cell * CELL_MS + KEPT_MS) / 1000),
  }),
});
