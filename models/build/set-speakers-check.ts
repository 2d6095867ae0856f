/**
 * Fits the check for several speakers of a model that is already built or installed, and changes
 * nothing else in its folder. Takes the options of build.ts.
 *
 * npm run model:speakers-check -- --speech DIR [--model models/ecapa-c256] [--cache DIR]
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openBundle } from "../../lib/adapters/model/bundle.ts";
import { cachedEmbed } from "../../lib/evaluate/embedding-cache.ts";
import { sha256Of } from "../../lib/sha256.ts";
import { wrappedJson } from "../../lib/wrapped-json.ts";
import { readClips, readHeldOut } from "./corpus.ts";
import { withReliableLabels } from "./label-noise.ts";
import { fitSpeakersCheck } from "./mixtures/check.ts";
import { listSounds } from "./mixtures/sounds.ts";
import { buildOptions } from "./options.ts";

const FILE = "speakers-check.json";

const { speech, model, cache, workers } = buildOptions(process.argv.slice(2));
const names = await readHeldOut();
const clips = withReliableLabels(await readClips(speech, "train"));
const trained = clips.filter(({ speaker }) => !names.has(speaker));
const heldOut = clips.filter(({ speaker }) => names.has(speaker));
const { embedder } = await openBundle({ workers, folder: model });
const embedClip = await cachedEmbed(embedder, model, cache);
const sounds = await listSounds(speech);
const check = await fitSpeakersCheck(embedClip, { trained, heldOut }, sounds, 2 * workers).finally(() =>
  embedder.close(),
);

const content = wrappedJson(check);
await writeFile(join(model, FILE), content);
const manifest = JSON.parse(await readFile(join(model, "model.json"), "utf8"));
manifest.speakersCheck = { file: FILE, sha256: sha256Of(Buffer.from(content)) };
await writeFile(join(model, "model.json"), wrappedJson(manifest));
for (const { bandwidth, seconds, limit, measured } of check.points) {
  const { falseAlarms, misses } = measured;
  const rates = { falseAlarms: falseAlarms.rate, clips: falseAlarms.trials, misses: misses.rate };
  console.log(JSON.stringify({ bandwidth, seconds, limit, ...rates }));
}
