/*
 * Creates the table, the bucket and the queues that compose.aws.yaml uses, on stand-ins for AWS. In
 * an AWS account, `sst deploy` creates them (docs/deploy.md). Running it again changes nothing.
 */
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { TABLE_SHAPE } from "../../lib/adapters/aws/table-shape.ts";

const { VOICEROLL_TABLE: TableName, VOICEROLL_BUCKET: Bucket, AWS_REGION } = process.env;
if (!TableName || !Bucket) throw new Error("set VOICEROLL_TABLE and VOICEROLL_BUCKET");

await createTable(new DynamoDBClient());
const sqs = new SQSClient();
await createQueue(sqs, `${TableName}-jobs`);
await createBucket(new S3Client(), await createQueue(sqs, `${TableName}-uploads`));

async function createTable(client: DynamoDBClient): Promise<void> {
  const { partitionKey, sortKey, index } = TABLE_SHAPE;
  const keys = (hash: string, range: string) => [
    { AttributeName: hash, KeyType: "HASH" as const },
    { AttributeName: range, KeyType: "RANGE" as const },
  ];
  const names = [partitionKey, sortKey, index.partitionKey, index.sortKey];
  const command = new CreateTableCommand({
    TableName,
    BillingMode: "PAY_PER_REQUEST",
    KeySchema: keys(partitionKey, sortKey),
    AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: "S" as const })),
    GlobalSecondaryIndexes: [
      {
        IndexName: index.name,
        KeySchema: keys(index.partitionKey, index.sortKey),
        Projection: { ProjectionType: index.projection },
      },
    ],
  });
  await client.send(command).catch(ignore("ResourceInUseException"));
}

/** Returns the queue's ARN. */
async function createQueue(client: SQSClient, QueueName: string): Promise<string | undefined> {
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName }));
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] });
  return (await client.send(command)).Attributes?.QueueArn;
}

/** Keeps versions, and reports files under uploads/ to the queue, as infra/bucket.ts does. */
async function createBucket(client: S3Client, QueueArn: string | undefined): Promise<void> {
  const LocationConstraint = AWS_REGION as "eu-central-1";
  await client
    .send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint } }))
    .catch(ignore("BucketAlreadyOwnedByYou"));
  const VersioningConfiguration = { Status: "Enabled" } as const;
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  const Filter = { Key: { FilterRules: [{ Name: "prefix" as const, Value: "uploads/" }] } };
  const configuration = { QueueArn, Events: ["s3:ObjectCreated:*" as const], Filter };
  await client.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket,
      NotificationConfiguration: { QueueConfigurations: [configuration] },
    }),
  );
}

function ignore(name: string): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof Error) || error.name !== name) throw error;
  };
}
