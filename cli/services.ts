import { availableParallelism } from "node:os";
import { type LambdaEnvironment, lambdaEnvironment } from "../lib/adapters/aws/environment.ts";
import { bundleStandIn } from "../lib/adapters/model/no-model.ts";
import type { PartFolders } from "../lib/adapters/model/part.ts";
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
  const folders = () => (environment ? deployedModel(environment) : activeFolders(data));
  const model = await OPEN_MODEL[use](folders);
  const services = environment ? await openAws(environment, model) : await openFolder(data, model);
  try {
    return await work(services);
  } finally {
    await services.close();
  }
}

async function openFolder(data: string, model: ModelServices): Promise<Services> {
  const { localServices } = await import("../lib/adapters/local/services.ts");
  return localServices(data, {
    ...model,
    ...(await webhookSending()),
    warn: (message) => warn(`voiceroll: ${message}`),
  });
}

/** Opens the store of a deployment with the AWS credentials that the SDK finds. */
async function openAws(environment: LambdaEnvironment, model: ModelServices): Promise<Services> {
  const { awsServices } = await import("../lib/adapters/aws/services.ts");
  return awsServices({ ...environment, ...model, ...(await webhookSending()) });
}

/** Commands accept the URLs of webhooks that the server with these variables accepts. */
async function webhookSending(): Promise<Pick<Services, "webhookSender">> {
  const { webhookSender } = await import("../lib/adapters/webhook/sender.ts");
  return { webhookSender: webhookSender({ allowPrivate: process.env.WEBHOOK_PRIVATE_ADDRESSES === "1" }) };
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
const OPEN_MODEL: Record<ModelUse, (folders: () => Promise<Folders>) => Promise<ModelServices>> = {
  none: async () => withoutModel,
  name: async (folders) => {
    const { modelOf, readModelManifest } = await import("../lib/adapters/model/manifest.ts");
    const manifest = await readModelManifest((await folders()).folder);
    const { embed, cut, diarize, hear, seconds, check, close } = withoutModel.embedder;
    const model = modelOf(manifest);
    return { ...withoutModel, embedder: { model, embed, cut, diarize, hear, seconds, check, close } };
  },
  model: async (folders) => openModel(await folders(), 0),
  threads: async (folders) => openModel(await folders(), Math.max(1, availableParallelism() - 1)),
};

/** Opens the model that the data folder uses. `workers`: see `openBundle`. */
export const openActive = async (data: string, workers: number) =>
  openModel(await activeFolders(data), workers);

/** Of the model, and of the installed parts. */
type Folders = { folder: string; parts?: PartFolders | undefined };

async function openModel(folders: Folders, workers: number) {
  const { openBundle } = await import("../lib/adapters/model/bundle.ts");
  return openBundle({ workers, ...folders });
}

async function activeFolders(data: string): Promise<Folders> {
  const { activeModel, partFolders } = await import("../lib/adapters/models/library.ts");
  return { folder: await activeModel(data), parts: await partFolders(data) };
}

/**
 * Returns the deployment's model folder: embeddings of another model would not match its speakers.
 */
async function deployedModel({ model }: LambdaEnvironment): Promise<Folders> {
  return { folder: model ?? (await import("../lib/adapters/model/bundled-model.ts")).BUNDLED_MODEL };
}
