import { runBackgroundTask } from "../../lib/domain/job/background-task.ts";
import type { BackgroundTask } from "../../lib/ports/background-task.ts";
import { type BatchResult, eachRecord, stackOf } from "./queue-events.ts";
import type { WorkerLog } from "./worker-log.ts";

/** Before Lambda ends the invocation: time for the line that is in work, and for the message that goes on. */
const MARGIN_MS = 20_000;
const ID = /^(reg|upl|job)_[0-9a-z]{1,64}$/;

type Invocation = { getRemainingTimeInMillis(): number };

/** Messages of the job queue, each a chore. One that is not done when the time is over is sent again, to go on where it was. */
export function backgroundTaskWorker(
  services: Parameters<typeof runBackgroundTask>[0],
  { log }: { log: WorkerLog },
) {
  return (event: unknown, context: Invocation): Promise<BatchResult> => {
    const signal = AbortSignal.timeout(Math.max(1, context.getRemainingTimeInMillis() - MARGIN_MS));
    return eachRecord(event, log, async ({ messageId, body }) => {
      const backgroundTask = backgroundTaskIn(body);
      const report = (error: unknown) =>
        log({ event: "job.fault", message: messageId, error: stackOf(error) });
      await runBackgroundTask(services, backgroundTask, signal, report);
      // A job that has more to do has been noted again by itself.
      if (signal.aborted && backgroundTask.kind !== "job") await services.backgroundTasks.add(backgroundTask);
      return [`task.${backgroundTask.kind}`];
    });
  };
}

/** Throws for what is no chore: it ends in the dead-letter queue, where a person sees it. */
function backgroundTaskIn(body: string): BackgroundTask {
  const { kind, registryId, uploadId, jobId } = JSON.parse(body) as Record<string, unknown>;
  const named = [
    registryId,
    ...(kind === "enroll-upload" ? [uploadId] : []),
    ...(kind === "job" ? [jobId] : []),
  ];
  const known = ["refresh-statistics", "sweep", "enroll-upload", "job"].some((one) => one === kind);
  if (!known || !named.every((id) => typeof id === "string" && ID.test(id)))
    throw new RangeError("the message is no chore");
  return JSON.parse(body) as BackgroundTask;
}
