import { awsServices } from "../lib/adapters/aws/services.ts";
import { openBundle } from "../lib/adapters/onnx/bundle.ts";
import { emf } from "./http/metrics.ts";
import { lambdaHandler } from "./lambda-app.ts";
import { lambdaEnvironment } from "./lambda-environment.ts";
import { withoutModel } from "./no-model.ts";

// All of this is Lambda's init phase, which has the whole processor; an invocation finds the sessions made.
const environment = lambdaEnvironment(process.env);
const bundle = await openBundle({
  workers: 0,
  ...(environment.model ? { folder: environment.model } : {}),
}).catch(withoutModel);
const services = awsServices({ ...environment, ...bundle });

export const handler = lambdaHandler(services, {
  log: (entry) => process.stdout.write(`${JSON.stringify(emf(entry, environment.metrics))}\n`),
});
