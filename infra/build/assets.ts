import { cp, mkdir, readdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { readModelManifest } from "../../lib/adapters/model/manifest.ts";

/**
 * Copies what the code reads at run time: the model and its voice-activity network, one platform's
 * runtime, the files of /docs, and the console with its samples.
 */
export async function copyAssets(
  root: string,
  to: { architecture: string; folder: string; model: string },
): Promise<void> {
  await copyModel(root, resolve(root, to.model), join(to.folder, "models"));
  const packages = join(root, "node_modules");
  const files = [
    "onnxruntime-node/package.json",
    ...(await scriptsIn(packages, "onnxruntime-node/dist")),
    ...(await all(packages, `onnxruntime-node/bin/napi-v6/linux/${to.architecture}`)),
    "onnxruntime-common/package.json",
    ...(await scriptsIn(packages, "onnxruntime-common/dist/cjs")),
    "onnxruntime-common/dist/cjs/package.json",
    "swagger-ui-dist/package.json",
    "swagger-ui-dist/swagger-ui.css",
    "swagger-ui-dist/swagger-ui-bundle.js",
  ];
  for (const folder of ["functions/console", "samples"])
    await cp(join(root, folder), join(to.folder, folder), { recursive: true, filter: isShown });
  for (const file of files) await copy(join(packages, file), join(to.folder, "node_modules", file));
}

/** The samples' notes and script are for developers. */
const isShown = (path: string): boolean => !/samples\/(README\.md|make\.sh)$/.test(path);

/** Copies only the files that the manifest names, without model cards and training records. */
async function copyModel(root: string, model: string, models: string): Promise<void> {
  const { file, golden, cohort, calibration, speakersCheck, voiceSpace, vad } = await readModelManifest(
    model,
  ).catch((cause) => {
    throw new Error(`${model} is not a model folder. --model takes a folder such as models/ecapa-c256.`, {
      cause,
    });
  });
  const parts = [golden, cohort, calibration, speakersCheck, voiceSpace].map((part) => part?.file);
  const named = ["model.json", file, ...parts].filter((one) => one !== undefined);
  for (const name of named) await copy(join(model, name), join(models, basename(model), name));
  const detector = vad ? join(model, "..", vad) : join(root, "models/vad");
  for (const name of ["vad.json", "vad.onnx"])
    await copy(join(detector, name), join(models, vad ?? "vad", name));
}

async function copy(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await cp(from, to, { dereference: true });
}

const all = async (packages: string, folder: string): Promise<string[]> =>
  (await readdir(join(packages, folder))).map((name) => `${folder}/${name}`);

const scriptsIn = async (packages: string, folder: string): Promise<string[]> =>
  (await all(packages, folder)).filter((name) => name.endsWith(".js"));
