/**
 * The table's definition, for infra/ and for CreateTable in tests. Attributes other than keys need
 * no declaration.
 */
export const TABLE_SHAPE = {
  partitionKey: "PK",
  sortKey: "SK",
  /**
   * Ordered lists (keys.ts). Projects only the keys, so an update of an item doesn't write to the
   * index.
   */
  index: { name: "GSI1", partitionKey: "GSI1PK", sortKey: "GSI1SK", projection: "KEYS_ONLY" },
  /**
   * Epoch seconds. DynamoDB deletes expired items up to days later, so reads check the time
   * themselves.
   */
  ttl: "ttl",
  /** Keys only: the stream keeps its records for 24 hours, also those of erased speakers. */
  stream: "KEYS_ONLY",
} as const;

/**
 * The table's vector index, if the deployment uses one (candidates/dynamo-index.ts): for each
 * dimension its own, because all vectors of an attribute have one dimension.
 */
export const VECTOR_INDEX = {
  /** A vector is found by searches of its partition only: a registry and a model. */
  partition: "VP",
  /** The speaker's uid and ID. */
  projected: ["u", "i"],
  distance: "COSINE",
} as const;
export const vectorIndexName = (dimension: number | "*"): string => `voices-${dimension}`;
export const vectorAttribute = (dimension: number): string => `V${dimension}`;
