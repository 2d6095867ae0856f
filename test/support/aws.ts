/** Tables, buckets and clients on the stand-ins for AWS (stand-ins.ts), for tests. */
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { onTestFinished } from "vitest";
import { CLIENT_OPTIONS } from "../../lib/adapters/aws/client.ts";
import type { AwsClients } from "../../lib/adapters/aws/clients.ts";
import { awsServices } from "../../lib/adapters/aws/services.ts";
import { TABLE_SHAPE } from "../../lib/adapters/aws/table-shape.ts";
import type { Services } from "../../lib/ports/services.ts";
import { fakeEmbedder } from "./fake-embedder.ts";
import { type FakeClock, fakeClock, fakeModelData, seededRandom } from "./fake-world.ts";
import type { StandIns } from "./stand-ins.ts";

let made = 0;
/** Includes the process ID, because several processes use the same servers. */
const freshName = () => `voiceroll-${process.pid}-${made++}`;

/**
 * Longer limits than in production: one small server with a hundred calls on a busy machine is
 * slow, not down.
 */
const PATIENT = { ...CLIENT_OPTIONS.requestHandler, connectionTimeout: 10_000, requestTimeout: 10_000 };

export function standInClients(at: StandIns): AwsClients {
  const common = {
    ...CLIENT_OPTIONS,
    requestHandler: PATIENT,
    region: "eu-central-1",
    credentials: { accessKeyId: "voiceroll", secretAccessKey: "voiceroll" },
  };
  return {
    dynamodb: new DynamoDBClient({ ...common, endpoint: at.dynamodb }),
    s3: new S3Client({ ...common, endpoint: at.s3, forcePathStyle: true }),
    sqs: new SQSClient({ ...common, endpoint: at.s3 }),
    events: new EventBridgeClient({ ...common, endpoint: at.s3 }),
  };
}

/** Creates an empty table like the one in infra/. */
export async function createTable(client: DynamoDBClient, TableName = freshName()): Promise<string> {
  const { partitionKey, sortKey, index } = TABLE_SHAPE;
  const keySchema = (hash: string, range: string) => [
    { AttributeName: hash, KeyType: "HASH" as const },
    { AttributeName: range, KeyType: "RANGE" as const },
  ];
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: keySchema(partitionKey, sortKey),
      AttributeDefinitions: [partitionKey, sortKey, index.partitionKey, index.sortKey].map(
        (AttributeName) => ({
          AttributeName,
          AttributeType: "S",
        }),
      ),
      GlobalSecondaryIndexes: [
        {
          IndexName: index.name,
          KeySchema: keySchema(index.partitionKey, index.sortKey),
          Projection: { ProjectionType: index.projection },
        },
      ],
    }),
  );
  return TableName;
}

/** Creates an empty bucket that keeps versions, like the one in infra/. */
export async function createBucket(client: S3Client, Bucket = freshName()): Promise<string> {
  const CreateBucketConfiguration = { LocationConstraint: "eu-central-1" } as const;
  await client.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
  const VersioningConfiguration = { Status: "Enabled" } as const;
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  return Bucket;
}

type Opening = Partial<
  Pick<Parameters<typeof awsServices>[0], "candidates" | "clients" | "clock" | "scanThread">
>;

/**
 * Creates a table and a bucket, and returns a function that opens services on them. Closes them
 * when the test ends.
 */
export async function awsPlace(at: StandIns): Promise<{
  table: string;
  bucket: string;
  clock: FakeClock;
  /** clock: instead of the fake one */
  open(given?: Opening): Services;
}> {
  const clients = standInClients(at);
  const [table, bucket] = await Promise.all([createTable(clients.dynamodb), createBucket(clients.s3)]);
  const clock = fakeClock();
  const opened: Services[] = [];
  onTestFinished(async () => {
    await Promise.all(opened.map((services) => services.close()));
    for (const client of Object.values(clients)) client.destroy();
  });
  const open = (given: Opening = {}) => {
    const model = fakeModelData(fakeEmbedder());
    const secret = new Uint8Array(32).fill(7);
    const own = { clients: standInClients(at), clock, random: seededRandom(), ...given };
    const services = awsServices({ table, bucket, secret, ...model, ...own });
    opened.push(services);
    return services;
  };
  return { table, bucket, clock, open };
}
