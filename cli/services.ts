import { availableParallelism } from "node:os";
import { type LambdaEnvironment, lambdaEnvironment } from "../lib/adapters/aws/environment.ts";
import { bundleStandIn } from "../lib/adapters/model/no-model.ts";
import { AppError } from "../lib/error.ts";
import { badInput } from "../lib/input-file.ts";
import type { BundledCalibrations } from "../lib/ports/calibration.ts";
import type { BundledCohorts } from "../lib/ports/cohort.ts";
import type { Embedder } from "../lib/ports/model.ts";
import type { Registry } from "../lib/ports/registry.ts";
import type { Services } from "../lib/ports/services.ts";
import type { Globals } from "./options.ts";
import { warn } from "./print.ts";

type ModelServices = { embedder: Embedder; cohorts: BundledCohorts; calibrations: BundledCalibrations };
/**
 * What a command needs of the model. "none": nothing. "name": which model it is. "model": to embed
 * clips. "threads": to embed many clips in parallel.
 */
type ModelUse = "none" | "name" | "model" | "threads";

/** Opens the store for one command and always closes it afterwards. */
export async function withServices<Result>(
  { data, table }: Pick<Globals, "data" | "table">,
  use: ModelUse,
  work: (services: Services) => Promise<Result>,
): Promise<Result> {
  const environment = table === undefined ? undefined : awsEnvironment(table);
  const folder = () => (environment ? deployedModel(environment) : activeFolder(data));
  const model = await OPEN_MODEL[use](folder);
  const services = environment ? await openAws(environment, model) : await openFolder(data, model);
  try {
    return await work(services);
  } finally {
    await services.close();
  }
}

async function openFolder(data: string, model: ModelServices): Promise<Services> {
  const { localServices } = await import("../lib/adapters/local/services.ts");
  return localServices(data, { ...model, warn: (message) => warn(`voiceroll: ${message}`) });
}

/** Opens the store of a deployment with the AWS credentials that the SDK finds. */
async function openAws(environment: LambdaEnvironment, model: ModelServices): Promise<Services> {
  const { awsServices } = await import("../lib/adapters/aws/services.ts");
  return awsServices({ ...environment, ...model });
}

function awsEnvironment(table: string): LambdaEnvironment {
  try {
    return lambdaEnvironment({ ...process.env, VOICEROLL_TABLE: table });
  } catch (error) {
    throw badInput((error instanceof Error ? error.message : String(error)).replace(/^voiceroll: /, ""));
  }
}

/**
 * Finds the registry by name. Unlike `ensureRegistry`, it does not create one for a mistyped name.
 */
export async function registryNamed(
  services: Pick<Services, "registries">,
  { data, table, registry }: Globals,
): Promise<Registry> {
  const found = (await services.registries.list()).find(({ name }) => name === registry);
  if (found) return found;
  throw badInput(
    `There is no registry "${registry}" in ${table ?? data}. Create it with enroll or keys create, ` +
      "or choose another with --data or --registry.",
  );
}

/** Runs one command in the registry that its options name. */
export const inRegistry = <Result>(
  options: Globals,
  use: ModelUse,
  work: (services: Services, registry: Registry) => Promise<Result>,
): Promise<Result> =>
  withServices(options, use, async (services) => work(services, await registryNamed(services, options)));

const withoutModel = bundleStandIn(new AppError("model-unavailable", "This command runs without the model."));

// onnxruntime takes a while to load, so only commands that embed clips import it.
const OPEN_MODEL: Record<ModelUse, (folder: () => Promise<string>) => Promise<ModelServices>> = {
  none: async () => withoutModel,
  name: async (folder) => {
    const { modelOf, readModelManifest } = await import("../lib/adapters/model/manifest.ts");
    const manifest = await readModelManifest(await folder());
    const { embed, cut, diarize, seconds, check, close } = withoutModel.embedder;
    const model = modelOf(manifest);
    return { ...withoutModel, embedder: { model, embed, cut, diarize, seconds, check, close } };
  },
  model: async (folder) => openModel(await folder(), 0),
  threads: async (folder) => openModel(await folder(), Math.max(1, availableParallelism() - 1)),
};

/** Opens the model that the data folder uses. `workers`: see `openBundle`. */
export const openActive = async (data: string, workers: number) =>
  openModel(await activeFolder(data), workers);

async function openModel(folder: string, workers: number) {
  const { openBundle } = await import("../lib/adapters/model/bundle.ts");
  return openBundle({ workers, folder });
}

async function activeFolder(data: string): Promise<string> {
  const { activeModel } = await import("../lib/adapters/models/library.ts");
  return activeModel(data);
}

/**
 * Returns the deployment's model folder: embeddings of another model would not match its speakers.
 */
async function deployedModel({ model }: LambdaEnvironment): Promise<string> {
  return model ?? (await import("../lib/adapters/model/bundle.ts")).BUNDLED_MODEL;
}
