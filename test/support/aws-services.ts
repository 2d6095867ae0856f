/** Services on a new table and bucket of the stand-ins. */
import { DeleteTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { S3Client } from "@aws-sdk/client-s3";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { inject } from "vitest";
import { CLIENT_OPTIONS } from "../../lib/adapters/aws/client.ts";
import type { AwsClients } from "../../lib/adapters/aws/clients.ts";
import { awsServices } from "../../lib/adapters/aws/services.ts";
import type { Services } from "../../lib/ports/services.ts";
import { createBucket, createTable, standInClients } from "./aws.ts";
import type { ModelData, World } from "./fake-world.ts";
import type { StandIns } from "./stand-ins.ts";

const ACCOUNT = {
  region: "eu-central-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
} as const;
const KMS_KEY_ID = "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-4000-8000-000000000000";
const SECRET = new Uint8Array(32).fill(7);

/** The SDK clients of the functions, with other endpoints and another time limit for attempts. */
function impatientClients(at: StandIns, attemptMs: number): AwsClients {
  const requestHandler = { ...CLIENT_OPTIONS.requestHandler, requestTimeout: attemptMs };
  const options = { ...CLIENT_OPTIONS, ...ACCOUNT, requestHandler };
  return {
    dynamodb: new DynamoDBClient({ ...options, endpoint: at.dynamodb }),
    s3: new S3Client({ ...options, endpoint: at.s3, forcePathStyle: true }),
    sqs: new SQSClient({ ...options, endpoint: at.s3 }),
    events: new EventBridgeClient({ ...options, endpoint: at.s3 }),
  };
}

/** One queue for all tests of a run: nothing reads it. */
const JOB_QUEUE = "jobs";

export type AwsNames = { table: string; bucket: string };

/** The environment of a function process that uses the same table and bucket. */
export const environmentOf = ({ table, bucket }: AwsNames, at: StandIns): Record<string, string> => ({
  VOICEROLL_TABLE: table,
  VOICEROLL_BUCKET: bucket,
  VOICEROLL_KMS_KEY_ID: KMS_KEY_ID,
  VOICEROLL_JOB_QUEUE_URL: `${at.s3}/123456789012/${JOB_QUEUE}`,
  // No test of the built functions receives from it.
  VOICEROLL_UPLOAD_QUEUE_URL: `${at.s3}/123456789012/uploads`,
  VOICEROLL_SECRET: Buffer.from(SECRET).toString("base64"),
  AWS_ACCESS_KEY_ID: ACCOUNT.credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: ACCOUNT.credentials.secretAccessKey,
  AWS_ENDPOINT_URL_DYNAMODB: at.dynamodb,
  AWS_ENDPOINT_URL_S3: at.s3,
  AWS_ENDPOINT_URL_SQS: at.s3,
});

/** Opens the same table and bucket with other clients. */
export type Reopen = (at: StandIns, attemptMs: number) => Services;

export async function openAws(
  model: ModelData,
  world: World,
): Promise<Services & { folder: string; names: AwsNames; reopen: Reopen }> {
  const at = standIns();
  const clients = standInClients(at);
  // Erasures and jobs queue their tasks. Creating a queue that exists returns it.
  await clients.sqs.send(new CreateQueueCommand({ QueueName: JOB_QUEUE }));
  const names = { table: await createTable(clients.dynamodb), bucket: await createBucket(clients.s3) };
  const settings = { ...names, kmsKeyId: KMS_KEY_ID, secret: SECRET, ...model, ...world };
  const services = awsServices({ ...settings, clients: standInClients(at) });
  return {
    ...services,
    folder: "",
    names,
    reopen: (other, attemptMs) => awsServices({ ...settings, clients: impatientClients(other, attemptMs) }),
    async close() {
      await services.close();
      await clients.dynamodb.send(new DeleteTableCommand({ TableName: names.table }));
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}

/** Throws RangeError if they don't run. */
export function standIns(): StandIns {
  const at = inject("standIns");
  if (!at) throw new RangeError("no stand-ins run here");
  return at;
}
