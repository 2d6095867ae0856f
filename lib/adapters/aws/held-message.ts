import { ChangeMessageVisibilityCommand, type SQSClient } from "@aws-sdk/client-sqs";

/** How long a message stays hidden after the last sign of life of the process that works on it. */
export const HELD_SECONDS = 120;
/** A message whose work fails is delivered again after 30 s, then after 2, 8 and 32 minutes. */
const FIRST_RETRY_SECONDS = 30;
const RETRY_FACTOR = 4;
/** The longest time that SQS hides a message. */
const MOST_SECONDS = 43_200;

/** A message that this process has received. `receives` counts its deliveries, from 1. */
export type HeldMessage = { queueUrl: string; receiptHandle: string; receives: number };

/** How often SQS has delivered a message, by the attribute that the receiver asked for. */
export const receivesOf = (attributes: { ApproximateReceiveCount?: string | undefined } = {}): number =>
  Number(attributes.ApproximateReceiveCount ?? 1);

/**
 * Works on a message that was received, whatever visibility timeout it came with. Nobody else gets
 * it while the work takes. If this process dies, the message is delivered again after two minutes,
 * and if the work rejects, after a delay that grows with the number of deliveries.
 *
 * times    other times than the usual, in seconds
 * returns  the result of the work. The message isn't deleted
 */
export async function whileHeld<T>(
  client: Pick<SQSClient, "send">,
  { queueUrl: QueueUrl, receiptHandle: ReceiptHandle, receives }: HeldMessage,
  work: () => Promise<T>,
  times: { held?: number; firstRetry?: number } = {},
): Promise<T> {
  const { held = HELD_SECONDS, firstRetry = FIRST_RETRY_SECONDS } = times;
  // A call that fails only means that another process may run the task as well, which is harmless.
  const hide = (VisibilityTimeout: number): Promise<unknown> =>
    client
      .send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }))
      .catch(() => undefined);
  let hidden = hide(held);
  const timer = setInterval(
    () => {
      hidden = hide(held);
    },
    (held * 1000) / 3,
  );
  try {
    return await work();
  } catch (error) {
    clearInterval(timer);
    await hidden;
    await hide(retrySeconds(receives, firstRetry));
    throw error;
  } finally {
    clearInterval(timer);
  }
}

/** Seconds until a message is delivered again that was delivered `receives` times, from 1. */
export const retrySeconds = (receives: number, first = FIRST_RETRY_SECONDS): number =>
  Math.min(first * RETRY_FACTOR ** (receives - 1), MOST_SECONDS);
