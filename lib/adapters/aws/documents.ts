import { base32 } from "../../id.ts";
import type { Clock, Random } from "../../ports/world.ts";
import { contention } from "../shared/contention.ts";
import type { Attachments, Collection, Document, Documents, ListedKind } from "../shared/documents.ts";
import { attributes, endOf, type Item, keyIn, keyOf, ofPartition, ofRange } from "./attributes.ts";
import type { Blobs } from "./blobs.ts";
import { documentItem, documentOf, listedAt, timelineKey, timelinePartition } from "./items-document.ts";
import { collectionPartition, documentKey, type Key, sortPrefix } from "./keys.ts";
import { placesOf, spreadPartitions } from "./spread-keys.ts";
import { newestSpread } from "./spread-list.ts";
import { type Outcome, putAll, type Table } from "./table.ts";

/** Documents to read in one page. */
const PAGE = 100;

/**
 * Documents as items of the table. Reads check expiry themselves: DynamoDB deletes up to days
 * later.
 */
export function dynamoDocuments(
  table: Table,
  { clock, random }: { clock: Pick<Clock, "now">; random: Pick<Random, "bytes"> },
): Documents {
  const now = () => clock.now().getTime();
  const live = (document: Document) => document.expiresAt === undefined || now() < document.expiresAt;
  const liveIn = (collection: Collection, items: readonly Item[]) =>
    items.map((item) => documentOf(collection, item)).filter(live);

  /** The items that these entries of the index point to, in their order. */
  async function itemsOf(entries: readonly Item[]): Promise<Item[]> {
    const keys = entries.map(keyIn);
    const nameOf = ({ PK, SK }: Key) => `${PK} ${SK}`;
    const items = new Map((await table.getMany(keys)).map((item) => [nameOf(keyIn(item)), item]));
    return keys.map((key) => items.get(nameOf(key))).filter((item) => item !== undefined);
  }

  async function put(...documents: readonly Document[]): Promise<void> {
    const [first, ...more] = documents.map((document) => documentItem(document));
    if (!first) return;
    if (more.length === 0) await table.put({ Item: first });
    else await putAll(table, [first, ...more]);
  }

  return {
    async get(key) {
      for (const place of placesOf(key)) {
        const item = await table.get(place);
        if (item) return liveIn(key, [item])[0];
      }
      return undefined;
    },
    async list(collection, { after, limit } = {}) {
      return liveIn(collection, await table.query(itemsAfter(collection, after), limit));
    },
    async last(collection) {
      const input = { ...itemsAfter(collection, undefined), ScanIndexForward: false };
      return liveIn(collection, await table.query(input, 1))[0];
    },
    async newest(collection, limit, after) {
      const partition = timelinePartition(collection);
      const input = after ? newestAfter(partition, timelineKey(after)) : newestFirst(partition);
      const isSpread = collection.kind === "decision" && collection.subject === undefined;
      const [entries, spread] = await Promise.all([
        table.query(input, limit),
        isSpread ? newestSpread(table, collection, limit, after) : [],
      ]);
      const items = [...(await itemsOf(entries)), ...spread].map((item) => ({ item, place: listedAt(item) }));
      items.sort((a, b) => (a.place < b.place ? 1 : -1));
      return liveIn(
        collection,
        items.slice(0, limit).map(({ item }) => item),
      );
    },
    async *every(collection) {
      for (const partition of collection.kind === "decision" ? spreadPartitions(collection) : [])
        for await (const items of table.pages(ofPartition(partition))) yield liveIn(collection, items);
      for await (const entries of table.pages(newestFirst(collectionPartition(collection))))
        for (let from = 0; from < entries.length; from += PAGE)
          yield liveIn(collection, await itemsOf(entries.slice(from, from + PAGE)));
    },
    put,
    async putGroups(...groups) {
      await Promise.all(groups.map((group) => put(...group)));
    },
    async putOnce(document) {
      const mark = writeMark(random);
      const outcome = await table.put({ Item: documentItem(document, mark), ...absent(now()) });
      if (won(outcome, mark)) return undefined;
      if (!outcome.old) throw contention();
      return documentOf(document, outcome.old);
    },
    async putVersion(document, ...together) {
      const mark = writeMark(random);
      const write = { Item: documentItem(document, mark), ...overVersionBefore(document, now()) };
      const others = together.map((one) => ({ Put: { Item: documentItem(one) } }));
      if (others.length > 0) return table.transact([{ Put: write }, ...others]);
      return won(await table.put(write), mark);
    },
    async remove(document) {
      const atVersion = {
        ConditionExpression: "n = :version",
        ExpressionAttributeValues: attributes({ ":version": document.version }),
      };
      await Promise.all(placesOf(document).map((place) => table.delete({ Key: keyOf(place), ...atVersion })));
    },
  };
}

/** Attachments in the bucket. keyOf: their object's key */
export const bucketAttachments = (
  blobs: Blobs,
  keyOf: (registryId: string, name: string) => string,
): Attachments => ({
  async put(registryId, name, bytes) {
    await blobs.put(keyOf(registryId, name), bytes);
  },
  get: async (registryId, name) => (await blobs.get(keyOf(registryId, name)))?.bytes,
  remove: (registryId, name) => blobs.remove(keyOf(registryId, name)),
});

/**
 * Random bytes that mark an item as written by one write. If the SDK sends a write twice because it
 * lost the first reply, the second attempt fails on its own item: the mark shows that the write has
 * won.
 */
const writeMark = (random: Pick<Random, "bytes">): string => base32(random.bytes(10));

const won = (outcome: Outcome, mark: string): boolean => outcome.done || outcome.old?.x?.S === mark;

/** The condition that no document exists, or only an expired one. */
const absent = (now: number) => ({
  ConditionExpression: "attribute_not_exists(PK) OR f <= :now",
  ExpressionAttributeValues: attributes({ ":now": now }),
});

const overVersionBefore = ({ version }: Document, now: number) =>
  version === 1
    ? absent(now)
    : {
        ConditionExpression: "n = :before AND (attribute_not_exists(f) OR f > :now)",
        ExpressionAttributeValues: attributes({ ":before": version - 1, ":now": now }),
      };

/** The query for a collection's items, from the first or after this ID. */
function itemsAfter(collection: Collection<ListedKind>, after: string | undefined) {
  const partition = collectionPartition(collection);
  const prefix = sortPrefix(collection);
  const last = after === undefined ? undefined : documentKey({ ...collection, id: after }).SK;
  // No ID has a space, so none is between an ID and the ID with a space.
  if (prefix !== "") return ofRange(partition, last === undefined ? prefix : `${last} `, endOf(prefix));
  if (last === undefined) return ofPartition(partition);
  return {
    KeyConditionExpression: "PK = :partition AND SK > :after",
    ExpressionAttributeValues: attributes({ ":partition": partition, ":after": last }),
  };
}

const newestAfter = (partition: string, sortKey: string) => ({
  ...newestFirst(partition),
  KeyConditionExpression: "GSI1PK = :partition AND GSI1SK < :after",
  ExpressionAttributeValues: attributes({ ":partition": partition, ":after": sortKey }),
});

const newestFirst = (partition: string) => ({
  IndexName: "GSI1",
  ScanIndexForward: false,
  KeyConditionExpression: "GSI1PK = :partition",
  ExpressionAttributeValues: attributes({ ":partition": partition }),
});
