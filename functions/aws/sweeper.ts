import { lambdaEnvironment } from "../../lib/adapters/aws/environment.ts";
import { awsServices } from "../../lib/adapters/aws/services.ts";
import { bundleStandIn } from "../../lib/adapters/model/no-model.ts";
import { addBackgroundTasks } from "../../lib/domain/job/background-task.ts";
import { AppError } from "../../lib/error.ts";
import { stopwatch } from "../../lib/stopwatch.ts";
import { lambdaLog } from "./worker-log.ts";

// It only queues tasks, so it starts without the network and its library.
const noModel = bundleStandIn(new AppError("model-unavailable", "The sweeper has no model."));
const services = awsServices({ ...lambdaEnvironment(process.env), ...noModel });
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
