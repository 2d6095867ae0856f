import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SQSClient } from "@aws-sdk/client-sqs";
import { once } from "../../once.ts";
import { CLIENT_OPTIONS } from "./client.ts";

export type AwsClients = {
  dynamodb: DynamoDBClient;
  s3: S3Client;
  sqs: SQSClient;
  events: EventBridgeClient;
};

/**
 * Returns the SDK's clients, which read region, credentials and endpoints from the environment. A
 * verification calls only DynamoDB: the code for the other services is loaded at the first use.
 * Files of this folder import it, because a package that is imported dynamically loses its names
 * when esbuild bundles it.
 *
 * given: clients to use instead
 */
export function awsClients(given: Partial<AwsClients> = {}) {
  const opened: { destroy(): void }[] = [];
  const kept = <Client extends { destroy(): void }>(client: Client): Client => {
    opened.push(client);
    return client;
  };
  return {
    dynamodb: kept(given.dynamodb ?? new DynamoDBClient(CLIENT_OPTIONS)),
    s3: once(async () => kept(given.s3 ?? (await import("./s3-stores.ts")).s3Client())),
    sqs: once(async () => kept(given.sqs ?? (await import("./sqs.ts")).sqsClient())),
    events: once(async () => kept(given.events ?? (await import("./event-bus.ts")).eventsClient())),
    /** Closes those that were used. */
    destroy(): void {
      for (const client of opened) client.destroy();
    },
  };
}
