import { join } from "node:path";

/** The folder of the model that comes with the code. */
export const BUNDLED_MODEL = join(import.meta.dirname, "../../../models/ecapa-c256");
