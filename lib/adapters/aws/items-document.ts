import { gunzipSync, gzipSync } from "node:zlib";
import type { Moment } from "../../ports/page.ts";
import type { Collection, Document } from "../shared/documents.ts";
import { attributes, bytesOf, type Item, keyIn, numberOf, required, textOf } from "./attributes.ts";
import { collectionPartition, documentId, documentKey } from "./keys.ts";

/** Bodies from this length on are compressed: an item of up to 1 KB is written for one unit. */
const GZIP_FROM = 700;
/** Digits of an epoch millisecond, so that times sort as text until the year 2286. */
const TIME_DIGITS = 13;

/**
 * The item of a document: n version, b body as JSON or its gzip, x mark of the write
 * (documents.ts), f the millisecond at which it expires, ttl the same in seconds, for DynamoDB.
 */
export function documentItem(document: Document, mark?: string): Item {
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
  GSI1SK: timelineKey({ at, id: document.id }),
});

/** Sorts by time, then by ID. */
export const timelineKey = ({ at, id }: Moment): string =>
  `${String(Math.max(0, at)).padStart(TIME_DIGITS, "0")}#${id}`;

/** `at` isn't read back: it only places the document in the index. */
export function documentOf({ kind, owner }: Collection, item: Item): Document {
  const zipped = bytesOf(item, "b");
  const json = zipped ? gunzipSync(zipped).toString() : required(item, "b", textOf);
  return {
    ...{ kind, owner, id: documentId(kind, keyIn(item)) },
    version: required(item, "n", numberOf),
    body: JSON.parse(json) as object,
    expiresAt: numberOf(item, "f"),
  };
}
