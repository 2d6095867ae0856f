import { lambdaEnvironment } from "../../lib/adapters/aws/environment.ts";
import { openGalleryBuilder } from "../../lib/adapters/aws/gallery-builder.ts";
import { BUNDLED_MODEL } from "../../lib/adapters/model/bundled-model.ts";
import { modelIdOf, readModelManifest } from "../../lib/adapters/model/manifest.ts";
import { galleryWorker } from "./change-events.ts";
import { lambdaLog } from "./worker-log.ts";

const environment = lambdaEnvironment(process.env);
const manifest = await readModelManifest(environment.model ?? BUNDLED_MODEL);

const log = lambdaLog(process.env);

/** Handles the table's stream, which infra/ filters to the change log. */
export const handler = galleryWorker(
  openGalleryBuilder({
    ...environment,
    modelId: modelIdOf(manifest),
    dimension: manifest.dimension,
    warn: (error) => log({ event: "gallery.index-unusable", error }),
  }),
  { log },
);
