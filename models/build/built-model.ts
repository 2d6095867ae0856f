import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openBundle } from "../../lib/adapters/model/bundle.ts";
import { cachedEmbed } from "../../lib/evaluate/embedding-cache.ts";
import { sha256Of } from "../../lib/sha256.ts";
import { wrappedJson } from "../../lib/wrapped-json.ts";
import { readClips, readHeldOut } from "./corpus.ts";
import { withReliableLabels } from "./label-noise.ts";
import { buildOptions } from "./options.ts";

/** Opens a model that is already built, and the held-out clips, by the options of build.ts. */
export async function openBuilt(args: readonly string[]) {
  const { speech, model, cache, workers } = buildOptions([...args]);
  const heldOut = await readHeldOut();
  const clips = withReliableLabels(await readClips(speech, "train")).filter(({ speaker }) =>
    heldOut.has(speaker),
  );
  const { embedder, cohorts } = await openBundle({ workers, folder: model });
  const cohort = await cohorts.bundled(embedder.model.modelId);
  const embedClip = await cachedEmbed(embedder, model, cache);
  return { speech, model, clips, cohort, embedClip, width: 2 * workers, close: () => embedder.close() };
}

/** The content of one of a model's JSON files. */
export const contentOf = async (model: string, name: string) =>
  JSON.parse(await readFile(join(model, name), "utf8"));

/** Writes a model's calibration, and its digest with other changes into the manifest. */
export async function saveCalibration(model: string, content: object, changes: object = {}): Promise<void> {
  const calibration = wrappedJson(content);
  const manifest = { ...(await contentOf(model, "model.json")), ...changes };
  manifest.calibration.sha256 = sha256Of(Buffer.from(calibration));
  await writeFile(join(model, "calibration.json"), calibration);
  await writeFile(join(model, "model.json"), wrappedJson(manifest));
}
