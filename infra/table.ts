import type { Stage } from "./stage.ts";

/** The single table of docs/architecture.md; GSI1 is the directory that lists are paged from. */
export function dataTable(stage: Stage, key: aws.kms.Key): sst.aws.Dynamo {
  // The stack's own is left as it is: in production it outlives its place in the stack.
  if (stage.existingTable) return sst.aws.Dynamo.get("RestoredTable", stage.existingTable);
  return new sst.aws.Dynamo("Table", {
    fields: { PK: "string", SK: "string", GSI1PK: "string", GSI1SK: "string" },
    primaryIndex: { hashKey: "PK", rangeKey: "SK" },
    // The keys alone: a change of an item then costs no write to the index.
    globalIndexes: { GSI1: { hashKey: "GSI1PK", rangeKey: "GSI1SK", projection: "keys-only" } },
    stream: "new-and-old-images",
    ttl: "ttl",
    deletionProtection: stage.production,
    transform: {
      table: (args) => {
        args.pointInTimeRecovery = { enabled: true, recoveryPeriodInDays: 35 };
        args.serverSideEncryption = { enabled: true, kmsKeyArn: key.arn };
      },
    },
  });
}
