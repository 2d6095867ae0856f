import { cp, mkdir, readdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { readModelManifest } from "../../lib/adapters/model/manifest.ts";
import type { Part } from "./function-parts.ts";

type To = { architecture: string; folder: string; model: string };

/** Copies what the code reads at run time (infra/build/function-parts.ts says what that is). */
export async function copyAssets(root: string, to: To & { parts: readonly Part[] }): Promise<void> {
  const model = resolve(root, to.model);
  const models = join(to.folder, "models");
  if (to.parts.includes("manifest"))
    await copy(join(model, "model.json"), join(models, basename(model), "model.json"));
  if (to.parts.includes("network")) {
    await copyModel(root, model, models);
    await copyPackages(root, to.folder, await runtimeFiles(root, to.architecture));
  }
  if (to.parts.includes("pages")) {
    for (const folder of ["functions/console", "samples"])
      await cp(join(root, folder), join(to.folder, folder), { recursive: true, filter: isShown });
    await copyPackages(root, to.folder, REFERENCE_FILES);
  }
}

const REFERENCE_FILES = [
  "swagger-ui-dist/package.json",
  "swagger-ui-dist/swagger-ui.css",
  "swagger-ui-dist/swagger-ui-bundle.js",
];

/** Of the runtime, one platform's binary. */
async function runtimeFiles(root: string, architecture: string): Promise<string[]> {
  const packages = join(root, "node_modules");
  return [
    "onnxruntime-node/package.json",
    ...(await scriptsIn(packages, "onnxruntime-node/dist")),
    ...(await all(packages, `onnxruntime-node/bin/napi-v6/linux/${architecture}`)),
    "onnxruntime-common/package.json",
    ...(await scriptsIn(packages, "onnxruntime-common/dist/cjs")),
    "onnxruntime-common/dist/cjs/package.json",
  ];
}

async function copyPackages(root: string, folder: string, files: readonly string[]): Promise<void> {
  for (const file of files) await copy(join(root, "node_modules", file), join(folder, "node_modules", file));
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
