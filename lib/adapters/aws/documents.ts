import { gunzipSync, gzipSync } from "node:zlib";
import { base32 } from "../../id.ts";
import type { Clock, Random } from "../../ports/world.ts";
import { contention } from "../shared/contention.ts";
import type { Attachments, Collection, Document, Documents } from "../shared/documents.ts";
import {
  attributes,
  bytesOf,
  type Item,
  keyIn,
  keyOf,
  numberOf,
  ofPartition,
  required,
  textOf,
} from "./attributes.ts";
import type { Blobs } from "./blobs.ts";
import { collectionPartition, documentId, documentKey } from "./keys.ts";
import { type Outcome, putAll, type Table } from "./table.ts";

/** Bodies from this length on are compressed: an item of up to 1 KB is written for one unit. */
const GZIP_FROM = 700;
/** Digits of an epoch millisecond, so that times sort as text until the year 2286. */
const TIME_DIGITS = 13;

/**
 * One item a document: n version, b body as JSON or its gzip, x mark of the write, f the
 * millisecond at which it expires, ttl the same in seconds, for DynamoDB.
 *
 * DynamoDB deletes an item up to days after its ttl, so reads check the time themselves.
 */
export function dynamoDocuments(
  table: Table,
  { clock, random }: { clock: Pick<Clock, "now">; random: Pick<Random, "bytes"> },
): Documents {
  const now = () => clock.now().getTime();
  const live = (document: Document) => document.expiresAt === undefined || now() < document.expiresAt;
  const liveIn = (collection: Collection, items: readonly Item[]) =>
    items.map((item) => documentOf(collection, item)).filter(live);

  return {
    async get(key) {
      const item = await table.get(documentKey(key));
      return item && liveIn(key, [item])[0];
    },
    async list(collection, { after, limit } = {}) {
      const partition = collectionPartition(collection);
      const input =
        after === undefined
          ? ofPartition(partition)
          : itemsAfter(partition, documentKey({ ...collection, id: after }).SK);
      return liveIn(collection, await table.query(input, limit));
    },
    async newest(collection, limit) {
      const entries = await table.query(newestFirst(collectionPartition(collection)), limit);
      const keys = entries.map(keyIn);
      const items = new Map((await table.getMany(keys)).map((item) => [keyIn(item).PK, item]));
      const found = keys.map(({ PK }) => items.get(PK)).filter((item) => item !== undefined);
      return liveIn(collection, found);
    },
    async put(...documents) {
      const [first, ...more] = documents.map((document) => itemOf(document));
      if (!first) return;
      if (more.length === 0) await table.put({ Item: first });
      else await putAll(table, [first, ...more]);
    },
    async putOnce(document) {
      const mark = writeMark(random);
      const outcome = await table.put({
        Item: itemOf(document, mark),
        ConditionExpression: "attribute_not_exists(PK) OR f <= :now",
        ExpressionAttributeValues: attributes({ ":now": now() }),
      });
      if (won(outcome, mark)) return undefined;
      if (!outcome.old) throw contention();
      return documentOf(document, outcome.old);
    },
    async putVersion(document, together) {
      const mark = writeMark(random);
      const write = { Item: itemOf(document, mark), ...overVersionBefore(document) };
      if (together) return table.transact([{ Put: write }, { Put: { Item: itemOf(together) } }]);
      return won(await table.put(write), mark);
    },
    async remove(document) {
      await table.delete({
        Key: keyOf(documentKey(document)),
        ConditionExpression: "n = :version",
        ExpressionAttributeValues: attributes({ ":version": document.version }),
      });
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

const overVersionBefore = ({ version }: Document) =>
  version === 1
    ? { ConditionExpression: "attribute_not_exists(PK)" }
    : {
        ConditionExpression: "n = :before",
        ExpressionAttributeValues: attributes({ ":before": version - 1 }),
      };

const itemsAfter = (partition: string, sortKey: string) => ({
  KeyConditionExpression: "PK = :partition AND SK > :after",
  ExpressionAttributeValues: attributes({ ":partition": partition, ":after": sortKey }),
});

const newestFirst = (partition: string) => ({
  IndexName: "GSI1",
  ScanIndexForward: false,
  KeyConditionExpression: "GSI1PK = :partition",
  ExpressionAttributeValues: attributes({ ":partition": partition }),
});

function itemOf(document: Document, mark?: string): Item {
  const { version, body, at, expiresAt } = document;
  const json = JSON.stringify(body);
  return attributes({
    ...documentKey(document),
    ...(at === undefined ? {} : timelinePlace(document, at)),
    n: version,
    b: json.length < GZIP_FROM ? json : new Uint8Array(gzipSync(json)),
    x: mark,
    f: expiresAt,
    ttl: expiresAt === undefined ? undefined : Math.ceil(expiresAt / 1000),
  });
}

const timelinePlace = (document: Document, at: number) => ({
  GSI1PK: collectionPartition(document),
  GSI1SK: `${String(Math.max(0, at)).padStart(TIME_DIGITS, "0")}#${document.id}`,
});

/** `at` isn't read back: it only places the document in the index. */
function documentOf({ kind, owner }: Collection, item: Item): Document {
  const zipped = bytesOf(item, "b");
  const json = zipped ? gunzipSync(zipped).toString() : required(item, "b", textOf);
  return {
    ...{ kind, owner, id: documentId(kind, keyIn(item)) },
    version: required(item, "n", numberOf),
    body: JSON.parse(json) as object,
    expiresAt: numberOf(item, "f"),
  };
}
