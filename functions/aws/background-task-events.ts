import { runBackgroundTask } from "../../lib/domain/job/background-task.ts";
import type { BackgroundTask } from "../../lib/ports/background-task.ts";
import { type BatchResult, eachRecord, stackOf } from "./queue-events.ts";
import type { WorkerLog } from "./worker-log.ts";

/**
 * Time before Lambda ends the invocation, to finish the current line and send the message again.
 */
const MARGIN_MS = 20_000;
const KINDS: readonly BackgroundTask["kind"][] = [
  "refresh-statistics",
  "sweep",
  "finish-erasures",
  "enroll-upload",
  "job",
];
const ID = /^(reg|upl|job)_[0-9a-z]{1,64}$/;

type Invocation = { getRemainingTimeInMillis(): number };

/**
 * Runs the tasks in messages of the job queue. If time runs out, sends the task again, which then
 * continues.
 */
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
      // A job that isn't done has already added itself again.
      if (signal.aborted && backgroundTask.kind !== "job") await services.backgroundTasks.add(backgroundTask);
      return [`task.${backgroundTask.kind}`];
    });
  };
}

/**
 * Throws if the message isn't a task. It then ends in the dead-letter queue, where an operator
 * finds it.
 */
function backgroundTaskIn(body: string): BackgroundTask {
  const { kind, registryId, uploadId, jobId } = JSON.parse(body) as Record<string, unknown>;
  const ids = [
    registryId,
    ...(kind === "enroll-upload" ? [uploadId] : []),
    ...(kind === "job" ? [jobId] : []),
  ];
  const isKnown = KINDS.some((one) => one === kind);
  if (!isKnown || !ids.every((id) => typeof id === "string" && ID.test(id)))
    throw new RangeError("the message is not a background task");
  return JSON.parse(body) as BackgroundTask;
}
