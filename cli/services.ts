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

type Given = { embedder: Embedder; cohorts: BundledCohorts; calibrations: BundledCalibrations };
/**
 * "none": the command hears nothing and asks for no model; "name": it only asks which model it is; "model": it hears;
 * "threads": it hears much.
 */
type Needs = "none" | "name" | "model" | "threads";

/** Opens the store for one command and closes it afterwards, whatever happens. */
export async function withServices<Result>(
  { data, table }: Pick<Globals, "data" | "table">,
  needs: Needs,
  work: (services: Services) => Promise<Result>,
): Promise<Result> {
  const place = table === undefined ? undefined : deployed(table);
  const given = await GIVEN[needs](() => (place ? deployedModel(place) : activeFolder(data)));
  const services = place ? await openDeployed(place, given) : await openFolder(data, given);
  try {
    return await work(services);
  } finally {
    await services.close();
  }
}

async function openFolder(data: string, given: Given): Promise<Services> {
  const { localServices } = await import("../lib/adapters/local/services.ts");
  return localServices(data, given);
}

/** What the functions run on, too; who may do what is AWS's to say, by the credentials that the SDK finds. */
async function openDeployed(place: LambdaEnvironment, given: Given): Promise<Services> {
  const { awsServices } = await import("../lib/adapters/aws/services.ts");
  return awsServices({ ...place, ...given });
}

function deployed(table: string): LambdaEnvironment {
  try {
    return lambdaEnvironment({ ...process.env, VOICEROLL_TABLE: table });
  } catch (error) {
    throw badInput((error instanceof Error ? error.message : String(error)).replace(/^voiceroll: /, ""));
  }
}

/** A command that changes nothing does not make a registry of a mistyped name. */
export async function registryNamed(
  services: Pick<Services, "registries">,
  { data, table, registry }: Globals,
): Promise<Registry> {
  const found = (await services.registries.list()).find(({ name }) => name === registry);
  if (found) return found;
  throw badInput(
    `No registry "${registry}" in ${table ?? data}; enroll or keys create makes it, --data and --registry name another.`,
  );
}

/** For one command, in the registry that it names. */
export const inRegistry = <Result>(
  options: Globals,
  needs: Needs,
  work: (services: Services, registry: Registry) => Promise<Result>,
): Promise<Result> =>
  withServices(options, needs, async (services) => work(services, await registryNamed(services, options)));

const quiet = bundleStandIn(new AppError("model-unavailable", "This command runs without the model."));

// onnxruntime takes a while to load, so only commands that hear load it.
const GIVEN: Record<Needs, (folder: () => Promise<string>) => Promise<Given>> = {
  none: async () => quiet,
  name: async (folder) => {
    const { modelOf, readModelManifest } = await import("../lib/adapters/model/manifest.ts");
    const manifest = await readModelManifest(await folder());
    const { embed, check, close } = quiet.embedder;
    return { ...quiet, embedder: { model: modelOf(manifest), embed, check, close } };
  },
  model: async (folder) => openModel(await folder(), 0),
  threads: async (folder) => openModel(await folder(), Math.max(1, availableParallelism() - 1)),
};

/** The model that the data folder uses. workers: as of openBundle. */
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

/** VOICEROLL_MODEL, as the functions have it; another model's vectors would not fit. */
async function deployedModel({ model }: LambdaEnvironment): Promise<string> {
  return model ?? (await import("../lib/adapters/model/bundle.ts")).BUNDLED_MODEL;
}
