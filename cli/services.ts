import { availableParallelism } from "node:os";
import { bundleStandIn } from "../functions/no-model.ts";
import { AppError } from "../lib/error.ts";
import type { BundledCalibrations, BundledCohorts, Embedder, Registry, Services } from "../lib/ports.ts";
import { badInput } from "./exit.ts";
import type { Globals } from "./options.ts";

type Given = { embedder: Embedder; cohorts: BundledCohorts; calibrations: BundledCalibrations };
/**
 * "none": the command hears nothing and asks for no model; "name": it only asks which model it is; "model": it hears;
 * "threads": it hears much.
 */
type Needs = "none" | "name" | "model" | "threads";

/** Opens the store for one command and closes it afterwards, whatever happens. */
export async function withServices<Result>(
  { data }: Globals,
  needs: Needs,
  work: (services: Services) => Promise<Result>,
): Promise<Result> {
  const given = await GIVEN[needs](data);
  const { localServices } = await import("../lib/adapters/local/services.ts");
  const services = localServices(data, given);
  try {
    return await work(services);
  } finally {
    await services.close();
  }
}

/** A command that changes nothing does not make a registry of a mistyped name. */
export async function registryNamed(
  services: Pick<Services, "registries">,
  { data, registry }: Globals,
): Promise<Registry> {
  const found = (await services.registries.list()).find(({ name }) => name === registry);
  if (found) return found;
  throw badInput(
    `No registry "${registry}" in ${data}; enroll or keys create makes it, --data and --registry name another.`,
  );
}

const quiet = bundleStandIn(new AppError("model-unavailable", "This command runs without the model."));

// onnxruntime takes a while to load, so only commands that hear load it.
const GIVEN: Record<Needs, (data: string) => Promise<Given>> = {
  none: async () => quiet,
  name: async (data) => {
    const { modelOf, readModelManifest } = await import("../lib/adapters/onnx/manifest.ts");
    const { activeModel } = await import("../lib/adapters/onnx/library.ts");
    const manifest = await readModelManifest(await activeModel(data));
    const { hear, check, close } = quiet.embedder;
    return { ...quiet, embedder: { model: modelOf(manifest), hear, check, close } };
  },
  model: (data) => openActive(data, 0),
  threads: (data) => openActive(data, Math.max(1, availableParallelism() - 1)),
};

/** The model that the data folder uses. workers: as of openBundle. */
export async function openActive(data: string, workers: number) {
  const { openBundle } = await import("../lib/adapters/onnx/bundle.ts");
  const { activeModel } = await import("../lib/adapters/onnx/library.ts");
  return openBundle({ workers, folder: await activeModel(data) });
}
