import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { BackgroundTask } from "../../ports/background-task.ts";
import { CLIENT_OPTIONS } from "./client.ts";

/** How long a call waits for a message. */
const WAIT_SECONDS = 20;
/** A message is another process's again after this time, unless it is extended. */
const VISIBLE_AFTER_SECONDS = 120;
const EXTEND_MS = (VISIBLE_AFTER_SECONDS * 1000) / 3;
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
 * its tasks are done. If this process dies first, another one gets the message after two minutes.
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
      const wait = { WaitTimeSeconds: WAIT_SECONDS, VisibilityTimeout: VISIBLE_AFTER_SECONDS };
      const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 1, ...wait });
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
  { Body = "", ReceiptHandle }: Message,
  { queueUrl: QueueUrl, tasksIn, worker, signal }: Parameters<typeof pollQueue>[1],
): Promise<void> {
  const held = { QueueUrl, ReceiptHandle };
  // A failed extension only means that another process may run the task as well, which is harmless.
  const extend = () =>
    client
      .send(new ChangeMessageVisibilityCommand({ ...held, VisibilityTimeout: VISIBLE_AFTER_SECONDS }))
      .catch(() => undefined);
  const timer = setInterval(extend, EXTEND_MS);
  try {
    for (const task of tasksIn(Body)) await worker(task, signal);
  } finally {
    clearInterval(timer);
  }
  // Of a task that was stopped, the message stays for the next process.
  if (!signal.aborted) await client.send(new DeleteMessageCommand(held));
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
