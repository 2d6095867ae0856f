import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Key } from "./keys.ts";

/** An item as the DynamoDB client represents it. */
export type Item = Record<string, AttributeValue>;
type Plain = string | number | Uint8Array | boolean | undefined;

/** Converts plain values to attributes. Leaves out undefined values. */
export function attributes(values: Readonly<Record<string, Plain>>): Item {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, attribute(value)]],
    ),
  );
}

function attribute(value: NonNullable<Plain>): AttributeValue {
  if (typeof value === "string") return { S: value };
  if (typeof value === "number") return { N: String(value) };
  if (typeof value === "boolean") return { BOOL: value };
  return { B: value };
}

/** The key of an item, as a request names it. */
export const keyOf = ({ PK, SK }: Key): Item => ({ PK: { S: PK }, SK: { S: SK } });

/** The key of an item, or of an entry of the index. */
export const keyIn = (item: Item): Key => ({
  PK: required(item, "PK", textOf),
  SK: required(item, "SK", textOf),
});

/** The query for all items of a partition. */
export const ofPartition = (partition: string) => ({
  KeyConditionExpression: "PK = :partition",
  ExpressionAttributeValues: attributes({ ":partition": partition }),
});

/** The query for items of a partition between two sort keys, both inclusive. */
export const ofRange = (partition: string, first: string, last: string) => ({
  KeyConditionExpression: "PK = :partition AND SK BETWEEN :first AND :last",
  ExpressionAttributeValues: attributes({ ":partition": partition, ":first": first, ":last": last }),
});

/** After every sort key that begins with the prefix: IDs have no `~`. */
export const endOf = (prefix: string): string => `${prefix}~`;

/** Undefined if the attribute is absent or has another type. */
export const textOf = (item: Item, name: string): string | undefined => item[name]?.S;
export const bytesOf = (item: Item, name: string): Uint8Array | undefined => item[name]?.B;
export const numberOf = (item: Item, name: string): number | undefined => {
  const text = item[name]?.N;
  return text === undefined ? undefined : Number(text);
};

/** Reads an attribute that every item of this kind has. Throws RangeError if it is absent. */
export function required<T>(item: Item, name: string, read: (item: Item, name: string) => T | undefined): T {
  const value = read(item, name);
  if (value === undefined)
    throw new RangeError(`the item ${item.PK?.S} ${item.SK?.S} has no attribute ${name}`);
  return value;
}
