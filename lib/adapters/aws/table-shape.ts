/** The one table, as data: the tests' CreateTable and infra/ both read it. Attributes beside the keys need no declaration. */
export const TABLE_SHAPE = {
  partitionKey: "PK",
  sortKey: "SK",
  /** Lists in order (keys.ts says which); the keys alone are projected, so an update of an item never writes to it. */
  index: { name: "GSI1", partitionKey: "GSI1PK", sortKey: "GSI1SK", projection: "KEYS_ONLY" },
  /** Epoch seconds. DynamoDB deletes up to days later, so whoever reads refuses what is over by itself. */
  ttl: "ttl",
  stream: "NEW_AND_OLD_IMAGES",
} as const;
