import { backgroundTaskIn } from "../../lib/adapters/aws/queue-messages.ts";
import type { Attempt } from "../../lib/domain/event/deliver.ts";
import { addDueDeliveries } from "../../lib/domain/event/due.ts";
import { runBackgroundTask } from "../../lib/domain/job/background-task.ts";
import { parseLine } from "../http/body/manifest.ts";
import { type BatchResult, eachRecord, type QueueOptions, stackOf } from "./queue-events.ts";

/**
 * Time before Lambda ends the invocation, to finish the current line and send the message again.
 */
const MARGIN_MS = 20_000;

type Invocation = { getRemainingTimeInMillis(): number };

/**
 * Runs the tasks in messages of the job queue. If time runs out, sends the task again, which then
 * continues. On the event of the schedule, queues deliveries that are due.
 */
export function backgroundTaskWorker(
  services: Parameters<typeof addDueDeliveries>[0] & Parameters<typeof runBackgroundTask>[0],
  { log, hold }: QueueOptions,
) {
  return async (event: unknown, context: Invocation): Promise<BatchResult> => {
    if ((event as { task?: unknown } | null)?.task === "due-deliveries") {
      await addDueDeliveries(services);
      return { batchItemFailures: [] };
    }
    const signal = AbortSignal.timeout(Math.max(1, context.getRemainingTimeInMillis() - MARGIN_MS));
    return eachRecord(event, { log, hold }, async ({ messageId, body }) => {
      const backgroundTask = backgroundTaskIn(body);
      const report = (error: unknown) =>
        log({ event: "job.fault", message: messageId, error: stackOf(error) });
      const onErased = (receipt: object) =>
        log({ event: "speaker.expired", message: JSON.stringify(receipt) });
      const onAttempt = ({ state, eventId, registryId }: Attempt) => {
        if (state === "failed") log({ event: "event.undelivered", message: eventId, registry: registryId });
      };
      const observers = { report, onErased, onAttempt };
      await runBackgroundTask({ ...services, parseLine }, backgroundTask, signal, observers);
      // A job that isn't done has already added itself again.
      if (signal.aborted && backgroundTask.kind !== "job") await services.backgroundTasks.add(backgroundTask);
      return [`task.${backgroundTask.kind}`];
    });
  };
}
