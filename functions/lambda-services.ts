import { awsServices } from "../lib/adapters/aws/services.ts";
import { openBundle } from "../lib/adapters/onnx/bundle.ts";
import type { Services } from "../lib/ports.ts";
import { lambdaEnvironment } from "./lambda-environment.ts";
import type { WorkerLog } from "./queue-events.ts";

/** For a function without a client: one whose model cannot be loaded fails at its start, and its messages wait. */
export async function lambdaServices(env: NodeJS.ProcessEnv): Promise<Services> {
  const environment = lambdaEnvironment(env);
  const { model } = environment;
  return awsServices({
    ...environment,
    ...(await openBundle({ workers: 0, ...(model ? { folder: model } : {}) })),
  });
}

export const writeLog: WorkerLog = (entry) => void process.stdout.write(`${JSON.stringify(entry)}\n`);
