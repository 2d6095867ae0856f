import { SendMessageCommand, type SendMessageCommandInput, SQSClient } from "@aws-sdk/client-sqs";
import { CLIENT_OPTIONS, call } from "./client.ts";

export const sqsClient = (): SQSClient => new SQSClient(CLIENT_OPTIONS);

/** Resolves when the queue has the message. */
export async function sendMessage(client: SQSClient, input: SendMessageCommandInput): Promise<void> {
  await call("SQS", (abortSignal) => client.send(new SendMessageCommand(input), { abortSignal }));
}
