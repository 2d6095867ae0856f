/**
 * Sets the limits of the consistency check of a model that is already built, as build.ts does, and
 * changes nothing else in calibration.json. Takes the options of build.ts.
 *
 * npm run model:consistency -- --speech DIR [--model models/ecapa-c256] [--cache DIR] [--workers 2]
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openBundle } from "../../lib/adapters/model/bundle.ts";
import { cachedEmbed } from "../../lib/evaluate/embedding-cache.ts";
import { sha256Of } from "../../lib/sha256.ts";
import { wrappedJson } from "../../lib/wrapped-json.ts";
import { measureConsistency } from "./consistency-points.ts";
import { readClips, readHeldOut } from "./corpus.ts";
import { withReliableLabels } from "./label-noise.ts";
import { buildOptions } from "./options.ts";

const { speech, model, cache, workers } = buildOptions(process.argv.slice(2));
const heldOut = await readHeldOut();
const clips = withReliableLabels(await readClips(speech, "train")).filter(({ speaker }) =>
  heldOut.has(speaker),
);
const bundle = await openBundle({ workers, folder: model });
const cohort = await bundle.cohorts.bundled(bundle.embedder.model.modelId);
const embedClip = await cachedEmbed(bundle.embedder, model, cache);
const consistency = await measureConsistency(embedClip, cohort, clips, 2 * workers).finally(() =>
  bundle.embedder.close(),
);

const content = async (name: string) => JSON.parse(await readFile(join(model, name), "utf8"));
const calibration = wrappedJson({ ...(await content("calibration.json")), consistency });
const manifest = await content("model.json");
await writeFile(join(model, "calibration.json"), calibration);
manifest.calibration.sha256 = sha256Of(Buffer.from(calibration));
await writeFile(join(model, "model.json"), wrappedJson(manifest));
for (const { bandwidth, clips: count, threshold, measured } of consistency.points) {
  const { far, frr } = measured;
  const rates = { far: far.rate, frr: frr.rate, impostorTrials: far.trials, genuineTrials: frr.trials };
  console.log(JSON.stringify({ bandwidth, clips: count, threshold, ...rates }));
}
