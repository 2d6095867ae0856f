import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { CandidateIndex } from "../../../ports/candidate-index.ts";
import type { Table } from "../table.ts";
import { dynamoCandidates } from "./dynamo-index.ts";
import { s3VectorCandidates } from "./s3-vectors.ts";
import { type CandidateSetting, vectorBucketOf } from "./setting.ts";

/** Opens the index of a setting. The environment's schema has checked the setting. */
export function openCandidates(
  setting: CandidateSetting,
  stores: { client: DynamoDBClient; tableName: string; table: Table },
): CandidateIndex {
  if (typeof setting.index !== "string") return setting.index;
  const bucket = vectorBucketOf(setting.index);
  return bucket === undefined
    ? dynamoCandidates(stores.client, stores.tableName, stores.table)
    : s3VectorCandidates(bucket);
}
