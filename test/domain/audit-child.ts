import { writeSync } from "node:fs";
import { localServices } from "../../lib/adapters/local/services.ts";
import { record } from "../../lib/domain/audit/record.ts";
import { registryIdOf } from "../../lib/domain/registry/registry.ts";
import { fakeEmbedder } from "../support/fake-embedder.ts";
import { fakeModelData } from "../support/fake-world.ts";

/**
 * Run as `audit-child.ts FOLDER COUNT`. Prints "ready", waits for a line, appends COUNT entries at
 * the same time, and prints one line for each that is stored.
 */
const [folder = "", count] = process.argv.slice(2);
const services = localServices(folder, fakeModelData(fakeEmbedder()));
const registryId = registryIdOf("test");

writeSync(1, "ready\n");
await new Promise((resolve) => process.stdin.once("data", resolve));
const append = async () => {
  await record(services, { registryId, operation: "test" }, "done");
  writeSync(1, "stored\n");
};
await Promise.all(Array.from({ length: Number(count) }, append));
await services.close();
process.exit(0);
