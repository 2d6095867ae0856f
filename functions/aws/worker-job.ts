import { backgroundTaskWorker } from "./background-task-events.ts";
import { lambdaServices } from "./lambda-services.ts";
import { lambdaLog } from "./worker-log.ts";

/** Handles the job queue, and the schedule of infra/workers.ts for deliveries. */
export const handler = backgroundTaskWorker(await lambdaServices(process.env), {
  log: lambdaLog(process.env),
});
