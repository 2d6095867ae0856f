import { BASE32, timeOfId, timeText } from "../../id.ts";
import type { Moment } from "../../ports/page.ts";
import type { Collection, Document, DocumentKey } from "../shared/documents.ts";
import { collectionPartition, documentKey, type Key } from "./keys.ts";

/** DynamoDB writes 1,000 units a second to one partition, which was the wall of one registry. */
const PARTITIONS = 16;
const PREFIX = "dec_";

/**
 * A decision whose ID begins with its time is stored in one of 16 partitions of its registry, in
 * order of time, and needs no entry of the index. An older one has a partition of its own and is
 * listed by the index until it expires.
 */
export const isSpread = ({ kind, id, at }: DocumentKey & Pick<Document, "at">): boolean =>
  kind === "decision" && at !== undefined && timeOfId(id) === at;

/** `R#REGISTRY#D#*N`: no ID contains `*`. The last character of an ID is random. */
const partitionAt = (collection: Collection, n: number): string => `${collectionPartition(collection)}#*${n}`;

export const spreadPartitions = (collection: Collection): string[] =>
  Array.from({ length: PARTITIONS }, (_, n) => partitionAt(collection, n));

const spreadKey = (key: DocumentKey): Key => ({
  PK: partitionAt(key, BASE32.indexOf(key.id.at(-1) ?? "") % PARTITIONS),
  SK: key.id.slice(PREFIX.length),
});

/** Where to write a document. */
export const placeOf = (document: Document): Key =>
  isSpread(document) ? spreadKey(document) : documentKey(document);

/** Where a document with this ID may be, the likelier place first. */
export const placesOf = (key: DocumentKey): Key[] =>
  key.kind === "decision" && timeOfId(key.id) !== undefined
    ? [spreadKey(key), documentKey(key)]
    : [documentKey(key)];

/** The sort key below which all IDs of a partition are listed after this moment, newest first. */
export function sortKeyAfter({ at, id }: Moment): string {
  const time = timeText(at);
  const bare = id.slice(PREFIX.length);
  if (bare.startsWith(time)) return bare;
  // The ID says nothing of its time: compare it as a text with those of the same millisecond.
  return bare > time ? `${time}~` : time;
}

/** When a spread item was made, in milliseconds, and its ID. */
export function momentAt({ SK }: Key): Moment {
  const id = `${PREFIX}${SK}`;
  return { at: timeOfId(id) ?? 0, id };
}
