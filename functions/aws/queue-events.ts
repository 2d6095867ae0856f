import { stopwatch } from "../../lib/stopwatch.ts";
import type { WorkerLog } from "./worker-log.ts";

/** The fields of an SQS record that are read. */
type QueueRecord = {
  messageId: string;
  body: string;
  receiptHandle?: string;
  attributes?: { ApproximateReceiveCount?: string };
};
/** Runs the work on a record, and decides when it is delivered again if that fails. */
export type Hold = <T>(record: QueueRecord, work: () => Promise<T>) => Promise<T>;

/**
 * The failed records. SQS delivers them again, and moves them to the dead-letter queue after five
 * attempts.
 */
export type BatchResult = { batchItemFailures: { itemIdentifier: string }[] };

export type QueueOptions = { log: WorkerLog; hold: Hold };

/**
 * Handles a batch record by record, and reports only the records that failed. Throws if the event
 * isn't from SQS, so that a wrong trigger is noticed.
 *
 * work: resolves to the log events of the record
 */
export async function eachRecord(
  event: unknown,
  { log, hold }: QueueOptions,
  work: (record: QueueRecord) => Promise<readonly string[]>,
): Promise<BatchResult> {
  const { Records } = (event ?? {}) as { Records?: unknown };
  if (!Array.isArray(Records)) throw new RangeError("this function accepts events of SQS");
  const batchItemFailures: BatchResult["batchItemFailures"] = [];
  for (const record of Records as QueueRecord[]) {
    const message = String(record.messageId);
    const durationMs = stopwatch();
    try {
      for (const event of await hold(record, () => work(record)))
        log({ event, message, durationMs: durationMs() });
    } catch (error) {
      batchItemFailures.push({ itemIdentifier: message });
      log({ event: "event.failed", message, durationMs: durationMs(), error: stackOf(error) });
    }
  }
  return { batchItemFailures };
}

/**
 * The error for a log, without the message's body, which may contain data that must not be logged.
 */
export const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? "") : "");
