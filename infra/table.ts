import { TABLE_SHAPE } from "../lib/adapters/aws/table-shape.ts";
import type { Stage } from "./stage.ts";

/** The single table of docs/architecture.md; GSI1 is the directory that lists are paged from. */
export function dataTable(stage: Stage, key: aws.kms.Key): sst.aws.Dynamo {
  // The stack's own is left as it is: in production it outlives its place in the stack.
  if (stage.existingTable) return sst.aws.Dynamo.get("RestoredTable", stage.existingTable);
  const { partitionKey, sortKey, index, ttl } = TABLE_SHAPE;
  const keys = [partitionKey, sortKey, index.partitionKey, index.sortKey];
  return new sst.aws.Dynamo("Table", {
    fields: Object.fromEntries(keys.map((name) => [name, "string"] as const)),
    primaryIndex: { hashKey: partitionKey, rangeKey: sortKey },
    globalIndexes: {
      [index.name]: { hashKey: index.partitionKey, rangeKey: index.sortKey, projection: "keys-only" },
    },
    stream: "new-and-old-images",
    ttl,
    deletionProtection: stage.production,
    transform: {
      table: (args) => {
        args.pointInTimeRecovery = { enabled: true, recoveryPeriodInDays: 35 };
        args.serverSideEncryption = { enabled: true, kmsKeyArn: key.arn };
      },
    },
  });
}
