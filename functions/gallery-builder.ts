import { openGalleryBuilder } from "../lib/adapters/aws/gallery-builder.ts";
import { BUNDLED_MODEL } from "../lib/adapters/onnx/bundle.ts";
import { modelIdOf, readModelManifest } from "../lib/adapters/onnx/manifest.ts";
import { lambdaEnvironment } from "./lambda-environment.ts";

const environment = lambdaEnvironment(process.env);
const manifest = await readModelManifest(environment.model ?? BUNDLED_MODEL);

/** Lambda's handler of the table's stream, filtered to the change log. Which registries changed is all that an event says. */
export const handler = openGalleryBuilder({ ...environment, modelId: modelIdOf(manifest) }, (entry) =>
  process.stdout.write(`${JSON.stringify(entry)}\n`),
);
