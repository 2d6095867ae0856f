import { addBackgroundTasks } from "../../lib/domain/job/background-task.ts";
import { stopwatch } from "../../lib/stopwatch.ts";
import { lambdaServices } from "./lambda-services.ts";
import { lambdaLog } from "./worker-log.ts";

const services = await lambdaServices(process.env);
const log = lambdaLog(process.env);

/**
 * Queues the daily work of every registry. The job worker does it, each registry by itself, so that
 * a large one or one that fails doesn't keep the others waiting.
 */
export async function handler(): Promise<{ registries: number }> {
  const durationMs = stopwatch();
  const registries = await addBackgroundTasks(services);
  log({ event: "sweeps.queued", message: `${registries} registries`, durationMs: durationMs() });
  return { registries };
}
