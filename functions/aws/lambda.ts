import { lambdaEnvironment } from "../../lib/adapters/aws/environment.ts";
import { awsServices } from "../../lib/adapters/aws/services.ts";
import { withoutModel } from "../../lib/adapters/model/no-model.ts";
import { openUriFiles } from "../../lib/adapters/uri/open.ts";
import { emf } from "../http/metrics/metrics.ts";
import { lambdaHandler } from "./lambda-app.ts";
import { deployedBundle } from "./lambda-services.ts";

// Lambda gives its init phase a full processor, so load the model here, before the first
// invocation.
const environment = lambdaEnvironment(process.env);
const bundle = await deployedBundle(environment).catch(withoutModel);
// Requests only check a URI; the job worker reads the file.
const uriFiles = await openUriFiles(environment.filePrefixes);
const services = awsServices({ ...environment, ...bundle, uriFiles });

export const handler = lambdaHandler(services, {
  corsOrigins: environment.corsOrigins,
  log: (entry) => process.stdout.write(`${JSON.stringify(emf(entry, environment.metrics))}\n`),
});
