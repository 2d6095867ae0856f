import { createHash } from "node:crypto";
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { copyAssets } from "../../infra/build/assets.ts";
import { ROOT } from "../../infra/build/build-lambda.ts";
import { modelFolder } from "../../infra/build/model-folder.ts";
import { openBundle } from "../../lib/adapters/model/bundle.ts";
import { BUNDLED_MODEL } from "../../lib/adapters/model/bundled-model.ts";
import { temporaryFolder } from "../cli/run.ts";
import { type FileServer, fileServer } from "../support/file-server.ts";
import { entryOf, otherNetwork } from "../support/networks.ts";

const NAME = "other";

/** A catalog with one model that has a cohort and thresholds, on a server of this machine. */
async function catalogOf(network: Buffer, server: FileServer): Promise<string> {
  const folder = temporaryFolder();
  await cp(BUNDLED_MODEL, join(folder, NAME), { recursive: true });
  await rm(join(folder, NAME, "model.onnx"));
  const path = join(folder, "catalog.json");
  await writeFile(path, JSON.stringify([await entryOf(NAME, network, server.url)]));
  return path;
}

test("a name of the catalog is downloaded once, and bundled with its cohort and thresholds", async () => {
  const network = await otherNetwork("bundled");
  const [server, store, bundle] = [await fileServer(network), temporaryFolder(), temporaryFolder()];
  const catalog = await catalogOf(network, server);
  const folder = await modelFolder(ROOT, NAME, store, { catalog });
  expect(await modelFolder(ROOT, NAME, store, { catalog })).toBe(folder);
  expect(server.requests).toHaveLength(1);
  await copyAssets(ROOT, { architecture: "x64", folder: bundle, model: folder, parts: ["network"] });
  const file = await readFile(join(bundle, "models", NAME, "model.onnx"));
  expect(createHash("sha256").update(file).digest("hex")).toBe(
    createHash("sha256").update(network).digest("hex"),
  );
  const { embedder, calibrations } = await openBundle({ workers: 0, folder: join(bundle, "models", NAME) });
  await embedder.check();
  expect((await calibrations.bundled(embedder.model.modelId)).tables.length).toBeGreaterThan(0);
  await embedder.close();
});

test("a file with another digest isn't bundled", async () => {
  const [network, changed] = [await otherNetwork("stated"), await otherNetwork("changed")];
  const server = await fileServer(changed);
  const catalog = await catalogOf(network, server);
  await expect(modelFolder(ROOT, NAME, temporaryFolder(), { catalog })).rejects.toThrow(/has sha256/);
});

test("the bundled model and folders need no download", async () => {
  const store = temporaryFolder();
  expect(await modelFolder(ROOT, "ecapa-c256", store)).toBe(BUNDLED_MODEL);
  expect(await modelFolder(ROOT, "data/models/mine", store)).toBe(join(ROOT, "data/models/mine"));
  await expect(modelFolder(ROOT, "nobody", store)).rejects.toThrow(/The catalog has no model nobody/);
});
