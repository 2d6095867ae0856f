import { TABLE_SHAPE } from "../lib/adapters/aws/table-shape.ts";
import type { Stage } from "./stage.ts";

/** Creates the table (docs/architecture.md). Lists are paged from its index, GSI1. */
export function dataTable(stage: Stage, key: aws.kms.Key): sst.aws.Dynamo {
  // The stack's own table remains: it is retained after it leaves the stack.
  if (stage.existingTable) return sst.aws.Dynamo.get("RestoredTable", stage.existingTable);
  const { partitionKey, sortKey, index, ttl } = TABLE_SHAPE;
  const keys = [partitionKey, sortKey, index.partitionKey, index.sortKey];
  return new sst.aws.Dynamo("Table", {
    fields: Object.fromEntries(keys.map((name) => [name, "string"] as const)),
    primaryIndex: { hashKey: partitionKey, rangeKey: sortKey },
    globalIndexes: {
      [index.name]: { hashKey: index.partitionKey, rangeKey: index.sortKey, projection: "keys-only" },
    },
    stream: "keys-only",
    ttl,
    deletionProtection: !stage.disposable,
    transform: {
      table: (args) => {
        args.pointInTimeRecovery = { enabled: true, recoveryPeriodInDays: 35 };
        args.serverSideEncryption = { enabled: true, kmsKeyArn: key.arn };
      },
    },
  });
}
