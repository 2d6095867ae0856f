import type { Moment } from "../../ports/page.ts";
import type { Collection } from "../shared/documents.ts";
import { attributes, type Item, keyIn } from "./attributes.ts";
import { sortKeyAfter, spreadPartitions } from "./spread-keys.ts";
import type { Table } from "./table.ts";

/** More of a partition than its share, so that one round of queries is nearly always enough. */
const roundOf = (limit: number, partitions: number): number => 2 * Math.ceil(limit / partitions) + 4;

/** The newest items of all partitions of a collection, newest first; at most `limit`. */
export async function newestSpread(
  table: Pick<Table, "query">,
  collection: Collection,
  limit: number,
  after: Moment | undefined,
): Promise<Item[]> {
  const partitions = spreadPartitions(collection);
  for (let size = roundOf(limit, partitions.length); ; size *= 2) {
    const read = Math.min(size, limit);
    const lists = await Promise.all(
      partitions.map((partition) => table.query(newestIn(partition, after), read)),
    );
    const found = lists.flat().sort((a, b) => (sortKeyOf(a) < sortKeyOf(b) ? 1 : -1));
    // A partition that may hold more hides only what is older than the last item read from it.
    const ends = lists.filter((list) => list.length === read).map((list) => sortKeyOf(list.at(-1)));
    const known = found.filter((item) => ends.every((end) => sortKeyOf(item) >= end));
    if (known.length >= limit || ends.length === 0 || read === limit) return found.slice(0, limit);
  }
}

const sortKeyOf = (item: Item | undefined): string => (item ? keyIn(item).SK : "");

const newestIn = (partition: string, after: Moment | undefined) => ({
  ScanIndexForward: false,
  KeyConditionExpression: after ? "PK = :partition AND SK < :after" : "PK = :partition",
  ExpressionAttributeValues: attributes({
    ":partition": partition,
    ":after": after && sortKeyAfter(after),
  }),
});
