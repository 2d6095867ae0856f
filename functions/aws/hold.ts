import { SQSClient } from "@aws-sdk/client-sqs";
import { CLIENT_OPTIONS } from "../../lib/adapters/aws/client.ts";
import { receivesOf, whileHeld } from "../../lib/adapters/aws/held-message.ts";
import type { Hold } from "./queue-events.ts";

/** Holds the records of one queue while they are worked on (lib/adapters/aws/held-message.ts). */
export function holdIn(queueUrl: string): Hold {
  const client = new SQSClient(CLIENT_OPTIONS);
  return ({ receiptHandle = "", attributes }, work) =>
    whileHeld(client, { queueUrl, receiptHandle, receives: receivesOf(attributes) }, work);
}
