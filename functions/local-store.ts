import { lambdaEnvironment } from "../lib/adapters/aws/environment.ts";
import { localServices } from "../lib/adapters/local/services.ts";
import { type Bundle, openBundle } from "../lib/adapters/model/bundle.ts";
import { BUNDLED_MODEL } from "../lib/adapters/model/bundled-model.ts";
import { withoutModel } from "../lib/adapters/model/no-model.ts";
import { activeModel, partFolders } from "../lib/adapters/models/library.ts";
import { scanThread } from "../lib/adapters/shared/scan-thread.ts";
import { openUriFiles } from "../lib/adapters/uri/open.ts";
import { webhookSender } from "../lib/adapters/webhook/sender.ts";
import { AppError } from "../lib/error.ts";
import type { Embedder } from "../lib/ports/model.ts";
import type { Services } from "../lib/ports/services.ts";
import type { ServerSettings } from "./node/settings.ts";

type Opened = {
  services: Services;
  /** The folder of the store. Undefined: it isn't a folder. */
  folder: string | undefined;
  /** The command that creates an API key in this store. */
  keyCommand: string;
};
type Given = {
  /** Embedding threads. */
  workers: number;
  observed: (embedder: Embedder) => Embedder;
};

/**
 * Opens the store that the settings name, with its model. If the model can't be loaded, requests
 * that need it get 503. Rejects with an Error for people if the store can't be opened.
 */
export async function openStore(
  settings: ServerSettings,
  env: NodeJS.ProcessEnv,
  given: Given,
): Promise<Opened> {
  return settings.VOICEROLL_STORE === "aws" ? openAws(settings, env, given) : openFolder(settings, given);
}

async function openFolder(settings: ServerSettings, given: Given): Promise<Opened> {
  const { VOICEROLL_DATA: folder } = settings;
  const parts = await partFolders(folder);
  const bundle = await activeModel(folder)
    .then((model) => openBundle({ workers: given.workers, folder: model, parts }))
    .catch(withoutModel);
  const warn = (message: string) => process.stderr.write(`voiceroll: ${message}\n`);
  try {
    const services = localServices(folder, {
      ...observedBundle(bundle, given),
      ...sender(settings),
      uriFiles: await openUriFiles(settings.VOICEROLL_FILE_PREFIXES),
      warn,
    });
    return { services, folder, keyCommand: `npx voiceroll keys create --data ${folder}` };
  } catch (error) {
    await bundle.embedder.close();
    if (error instanceof AppError) throw error;
    // A defect: Node prints its stack.
    process.nextTick(() => {
      throw error;
    });
    throw error;
  }
}

/** The SDK is loaded only for this store. */
async function openAws(settings: ServerSettings, env: NodeJS.ProcessEnv, given: Given): Promise<Opened> {
  const environment = lambdaEnvironment(env);
  const { awsServices } = await import("../lib/adapters/aws/services.ts");
  const folder = environment.model ?? BUNDLED_MODEL;
  const bundle = await openBundle({ workers: given.workers, folder }).catch(withoutModel);
  const services = awsServices({
    ...environment,
    ...observedBundle(bundle, given),
    ...sender(settings),
    uriFiles: await openUriFiles(settings.VOICEROLL_FILE_PREFIXES),
    scanThread: scanThread(),
  });
  const keyCommand = `npx voiceroll keys create --table ${environment.table}`;
  return { services, folder: undefined, keyCommand };
}

const sender = ({ WEBHOOK_PRIVATE_ADDRESSES }: ServerSettings) => ({
  webhookSender: webhookSender({ allowPrivate: WEBHOOK_PRIVATE_ADDRESSES === "1" }),
});

const observedBundle = (bundle: Bundle, { observed }: Given): Bundle => ({
  ...bundle,
  embedder: observed(bundle.embedder),
});
