import type { Moment } from "../../ports/page.ts";
import type { Collection, Document } from "../shared/documents.ts";
import { attributes, type Item, keyIn, numberOf, required, textOf } from "./attributes.ts";
import { bodyAttribute, bodyText } from "./body.ts";
import { collectionPartition, documentId } from "./keys.ts";
import { isSpread, momentAt, placeOf } from "./spread-keys.ts";

/** Digits of an epoch millisecond, so that times sort as text until the year 2286. */
const TIME_DIGITS = 13;

/**
 * The item of a document: n version, b or bz body (body.ts), x mark of the write
 * (documents.ts), f the millisecond at which it expires, ttl the same in seconds, for DynamoDB.
 */
export function documentItem(document: Document, mark?: string): Item {
  const { version, body, at, expiresAt } = document;
  return attributes({
    ...placeOf(document),
    ...(at === undefined ? {} : timelinePlace(document, at)),
    n: version,
    ...bodyAttribute(body),
    x: mark,
    f: expiresAt,
    ttl: expiresAt === undefined ? undefined : Math.ceil(expiresAt / 1000),
  });
}

/** The index has a spread document only under its subject, and another one only by its time. */
function timelinePlace(document: Document, at: number) {
  const { id, subject, ...collection } = document;
  if (isSpread(document) && subject === undefined) return {};
  const listed = isSpread(document) ? { ...collection, subject } : collection;
  return { GSI1PK: timelinePartition(listed), GSI1SK: timelineKey({ at, id }) };
}

/** The index's partition of a collection, or of its documents with one subject. */
export const timelinePartition = (collection: Collection & Pick<Document, "subject">): string =>
  collectionPartition(
    collection.subject === undefined
      ? collection
      : { ...collection, owner: `${collection.owner}/${collection.subject}` },
  );

/** Sorts by time, then by ID. */
export const timelineKey = ({ at, id }: Moment): string =>
  `${String(Math.max(0, at)).padStart(TIME_DIGITS, "0")}#${id}`;

/**
 * Sorts items of a collection as the index does, whether it has entries of them or their IDs begin
 * with their times.
 */
export const listedAt = (item: Item): string => textOf(item, "GSI1SK") ?? timelineKey(momentAt(keyIn(item)));

/** `at` isn't read back: it only places the document in the index. */
export function documentOf({ kind, owner }: Collection, item: Item): Document {
  return {
    ...{ kind, owner, id: documentId(kind, keyIn(item)) },
    version: required(item, "n", numberOf),
    body: JSON.parse(bodyText(item)) as object,
    expiresAt: numberOf(item, "f"),
  };
}
