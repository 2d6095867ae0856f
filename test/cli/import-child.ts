import { createReadStream, writeSync } from "node:fs";
import { localServices } from "../../lib/adapters/local/services.ts";
import { importRegistry } from "../../lib/transfer/import-registry.ts";
import { MAX_LINE_BYTES } from "../../lib/transfer/sealed-lines.ts";
import { textLines } from "../../lib/transfer/text-lines.ts";
import { fakeCalibration, fakeCohort } from "../support/fake-cohort.ts";
import { fakeEmbedder } from "../support/fake-embedder.ts";

/**
 * A process for a test to kill. `import-child.ts FOLDER FILE` prints "writing" once it has checked
 * the file.
 */
const [folder, file] = process.argv.slice(2);
const embedder = fakeEmbedder();
const services = localServices(folder, {
  embedder,
  cohorts: { bundled: async () => fakeCohort(embedder.model) },
  calibrations: { bundled: async () => fakeCalibration(embedder.model) },
});
let passes = 0;
await importRegistry(services, {
  registry: "test",
  open: () => {
    if (++passes === 2) writeSync(1, "writing\n");
    return textLines(createReadStream(file), MAX_LINE_BYTES);
  },
});
await services.close();
