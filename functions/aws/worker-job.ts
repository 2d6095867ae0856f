import { backgroundTaskWorker } from "./background-task-events.ts";
import { lambdaServices } from "./lambda-services.ts";
import { lambdaLog } from "./worker-log.ts";

export const handler = backgroundTaskWorker(await lambdaServices(process.env), {
  log: lambdaLog(process.env),
});
