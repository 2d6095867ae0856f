import { stopwatch } from "../../lib/stopwatch.ts";
import type { WorkerLog } from "./worker-log.ts";

/** What SQS hands to a function; only these fields are read. */
export type QueueRecord = { messageId: string; body: string };
/** Records that come again, and after five times go to the dead-letter queue; the others are done. */
export type BatchResult = { batchItemFailures: { itemIdentifier: string }[] };

/**
 * Works off a batch record by record; one that fails comes back alone. What is no event of SQS is refused as a whole, so that
 * a wrong setting shows at once.
 *
 * work  resolves to what became of the record, for the log: a word for each thing in it
 */
export async function eachRecord(
  event: unknown,
  log: WorkerLog,
  work: (record: QueueRecord) => Promise<readonly string[]>,
): Promise<BatchResult> {
  const { Records } = (event ?? {}) as { Records?: unknown };
  if (!Array.isArray(Records)) throw new RangeError("this function takes events of SQS");
  const batchItemFailures: BatchResult["batchItemFailures"] = [];
  for (const record of Records as QueueRecord[]) {
    const message = String(record.messageId);
    const durationMs = stopwatch();
    try {
      for (const event of await work(record)) log({ event, message, durationMs: durationMs() });
    } catch (error) {
      batchItemFailures.push({ itemIdentifier: message });
      log({ event: "event.failed", message, durationMs: durationMs(), error: stackOf(error) });
    }
  }
  return { batchItemFailures };
}

/** For a log: the error alone, since a message's body may name what no log may hold. */
export const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? "") : "");
