import { DeleteMessageCommand, type Message, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { BackgroundTask } from "../../ports/background-task.ts";
import { CLIENT_OPTIONS } from "./client.ts";
import { HELD_SECONDS, receivesOf, whileHeld } from "./held-message.ts";

/** How long a call waits for a message. */
const WAIT_SECONDS = 20;
/** After a failed call. */
const PAUSE_MS = 5000;

type Worker = (backgroundTask: BackgroundTask, signal: AbortSignal) => Promise<void>;

/**
 * A client for calls that wait. Its region, credentials and endpoint are those of `client`, whose
 * attempts are too short.
 */
export const waitingClient = (client: SQSClient): SQSClient =>
  new SQSClient({
    ...CLIENT_OPTIONS,
    region: client.config.region,
    credentials: client.config.credentials,
    ...(client.config.endpoint ? { endpoint: client.config.endpoint } : {}),
    requestHandler: { ...CLIENT_OPTIONS.requestHandler, requestTimeout: (WAIT_SECONDS + 5) * 1000 },
  });

/**
 * Takes one message after another from a queue, until `signal` aborts. A message is deleted when
 * its tasks are done. Otherwise it is delivered again (held-message.ts).
 *
 * tasksIn  returns the tasks of a message's body; throws for a message that isn't one. That message
 *          stays in the queue, and the queue's redrive policy moves it away
 * report   called for calls and messages that failed
 */
export async function pollQueue(
  client: SQSClient,
  given: {
    queueUrl: string;
    tasksIn: (body: string) => readonly BackgroundTask[];
    worker: Worker;
    signal: AbortSignal;
    report: (error: unknown) => void;
  },
): Promise<void> {
  const { queueUrl: QueueUrl, signal, report } = given;
  while (!signal.aborted) {
    try {
      const command = new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 1,
        WaitTimeSeconds: WAIT_SECONDS,
        VisibilityTimeout: HELD_SECONDS,
        MessageSystemAttributeNames: ["ApproximateReceiveCount"],
      });
      const { Messages = [] } = await client.send(command, { abortSignal: signal });
      for (const message of Messages) await handle(client, message, given);
    } catch (error) {
      if (signal.aborted) return;
      report(error);
      await pause(signal);
    }
  }
}

async function handle(
  client: SQSClient,
  { Body = "", ReceiptHandle = "", Attributes }: Message,
  { queueUrl, tasksIn, worker, signal }: Parameters<typeof pollQueue>[1],
): Promise<void> {
  const held = { queueUrl, receiptHandle: ReceiptHandle, receives: receivesOf(Attributes) };
  await whileHeld(client, held, async () => {
    for (const task of tasksIn(Body)) await worker(task, signal);
  });
  // Of a task that was stopped, the message stays for the next process.
  if (!signal.aborted) await client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, PAUSE_MS);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
  });
}
