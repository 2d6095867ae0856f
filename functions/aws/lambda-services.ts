import { type LambdaEnvironment, lambdaEnvironment } from "../../lib/adapters/aws/environment.ts";
import { awsServices } from "../../lib/adapters/aws/services.ts";
import { type Bundle, openBundle } from "../../lib/adapters/model/bundle.ts";
import { BUNDLED_MODEL } from "../../lib/adapters/model/bundled-model.ts";
import { openUriFiles } from "../../lib/adapters/uri/open.ts";
import type { Services } from "../../lib/ports/services.ts";

/** Runs the model in this process, because a function handles one event at a time. */
export const deployedBundle = ({
  model = BUNDLED_MODEL,
}: Pick<LambdaEnvironment, "model">): Promise<Bundle> => openBundle({ workers: 0, folder: model });

/**
 * Opens the services of a worker. If the model can't be loaded, the worker fails at startup and its
 * messages wait.
 */
export async function lambdaServices(env: NodeJS.ProcessEnv): Promise<Services> {
  const environment = lambdaEnvironment(env);
  const uriFiles = await openUriFiles(environment.filePrefixes);
  return awsServices({ ...environment, ...(await deployedBundle(environment)), uriFiles });
}
