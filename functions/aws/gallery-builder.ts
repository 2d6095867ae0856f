import { lambdaEnvironment } from "../../lib/adapters/aws/environment.ts";
import { openGalleryBuilder } from "../../lib/adapters/aws/gallery-builder.ts";
import { BUNDLED_MODEL } from "../../lib/adapters/model/bundle.ts";
import { modelIdOf, readModelManifest } from "../../lib/adapters/model/manifest.ts";
import { lambdaLog } from "./worker-log.ts";

const environment = lambdaEnvironment(process.env);
const log = lambdaLog(process.env);
const manifest = await readModelManifest(environment.model ?? BUNDLED_MODEL);

/** Lambda's handler of the table's stream, filtered to the change log. Which registries changed is all that an event says. */
export const handler = openGalleryBuilder(
  { ...environment, modelId: modelIdOf(manifest) },
  ({ gallery, outcome, ...rest }) => log({ event: `gallery.${outcome}`, registry: gallery, ...rest }),
);
