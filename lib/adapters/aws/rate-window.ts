import type { RegistryId } from "../../id.ts";
import type { RateAdmission } from "../../ports/decision.ts";
import type { Clock } from "../../ports/world.ts";
import { attributes, type Item, keyOf, numberOf } from "./attributes.ts";
import { counterKey } from "./keys.ts";
import type { Table } from "./table.ts";

const CELL_MS = 10_000;
const CELLS_PER_MINUTE = 6;
/** The current cell and the six before it cover the last 60 seconds at any time. */
const CELLS = 7;
const KEPT_MS = 180_000;

/**
 * Counts requests per 10 seconds, all of a minute in one item (c0 to c5). A request counts for 60
 * to 70 seconds, so no 60 seconds ever admit more than the quota.
 */
export function dynamoRateWindows(table: Table, clock: Pick<Clock, "now">) {
  return async (registryId: RegistryId, counter: string, quota: number): Promise<RateAdmission> => {
    const now = clock.now().getTime();
    const cell = Math.floor(now / CELL_MS);
    const minute = Math.floor(cell / CELLS_PER_MINUTE);
    const keyAt = (at: number) => counterKey(registryId, `${counter}:${at}`);
    const [before, current] = await Promise.all([table.get(keyAt(minute - 1)), table.get(keyAt(minute))]);
    const ages = Array.from({ length: CELLS }, (_, age) => age);
    const counts = (latest: Item | undefined) =>
      ages.map((age) => {
        const item = Math.floor((cell - age) / CELLS_PER_MINUTE) === minute ? latest : before;
        return countIn(item, cell - age);
      });
    const admission = (latest: Item | undefined, admitted: boolean): RateAdmission => {
      const oldestAge = counts(latest).findLastIndex((count) => count > 0);
      const ends = (cell - Math.max(0, oldestAge) + CELLS) * CELL_MS;
      return {
        admitted,
        remaining: Math.max(0, quota - sum(counts(latest))),
        resetSeconds: Math.max(1, Math.ceil((ends - now) / 1000)),
      };
    };
    // A rejected request isn't counted: a client that keeps sending is admitted again in time.
    if (sum(counts(current)) >= quota) return admission(current, false);
    const added = await table.updated(addTo(keyAt(minute), cellName(cell), now + KEPT_MS));
    // Requests that arrived together have all read a count below the quota.
    return admission(added, sum(counts(added)) <= quota);
  };
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
const cellName = (cell: number): string => `c${cell % CELLS_PER_MINUTE}`;
const countIn = (item: Item | undefined, cell: number): number =>
  (item && numberOf(item, cellName(cell))) ?? 0;

const addTo = (key: ReturnType<typeof counterKey>, cell: string, endsAt: number) => ({
  Key: keyOf(key),
  UpdateExpression: "SET #cell = if_not_exists(#cell, :none) + :one, #ttl = :ttl",
  ExpressionAttributeNames: { "#cell": cell, "#ttl": "ttl" },
  ExpressionAttributeValues: attributes({ ":none": 0, ":one": 1, ":ttl": Math.ceil(endsAt / 1000) }),
});
