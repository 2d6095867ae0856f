/**
 * `npm run bench:transfer`: whether the thresholds that come with a model hold on voices that they
 * were not fitted on. Prints a Markdown table of the development lists: stated and measured error
 * rates, with voiceprints of one, three and seven clips. With --corpora it first fits on the
 * training corpora but one, measures on that one, and does the same for each.
 *
 * Options: --model DIR (default: the bundled model), --cache DIR (embeddings; a second run embeds
 * nothing), --workers N, --corpora.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openBundle } from "../lib/adapters/model/bundle.ts";
import { BUNDLED_MODEL } from "../lib/adapters/model/bundled-model.ts";
import { cachedEmbed } from "../lib/evaluate/embedding-cache.ts";
import { readInput } from "../lib/input-file.ts";
import { methodOf } from "../lib/score/scoring/calibration.ts";
import { conditionPieces, wholeClips } from "../models/build/condition-pieces.ts";
import { conditionTrials } from "../models/build/condition-trials.ts";
import { readClips, readHeldOut } from "../models/build/corpus.ts";
import { withoutSuspects, withReliableLabels } from "../models/build/label-noise.ts";
import { readSounds } from "../models/build/recording-conditions.ts";
import type { Training } from "../models/build/workbench.ts";
import { fitWorstFirst } from "../models/build/worst-corpus.ts";
import { speechFolder } from "../test/support/speech.ts";
import { transferLists } from "./transfer-lists.ts";
import { HEAD, transferRow } from "./transfer-row.ts";

const { values } = parseArgs({
  options: {
    model: { type: "string", default: BUNDLED_MODEL },
    cache: { type: "string" },
    workers: { type: "string", default: "1" },
    corpora: { type: "boolean", default: false },
  },
});
const speech = speechFolder();
if (!speech) {
  console.error(
    "There is no speech folder. Put it at ../shared/speech next to the checkout, or set VOICEROLL_SPEECH.",
  );
  process.exit(2);
}
const workers = Number(values.workers);
const bundle = await openBundle({ workers, folder: values.model });
const { modelId, name } = bundle.embedder.model;
const cohort = await bundle.cohorts.bundled(modelId);
const calibration = await bundle.calibrations.bundled(modelId);
const embedClip = await cachedEmbed(bundle.embedder, values.model, values.cache);

const rows: string[][] = [];
if (values.corpora) rows.push(...(await leaveOneOut(speech)));
const clips = await wholeClips(embedClip, await readClips(speech, "dev"), 2 * workers);
for (const list of await transferLists(clips, speech, cohort))
  rows.push([list.name, list.clips, ...transferRow(list.trials, calibration)]);
await bundle.embedder.close();
console.log(`${name}, ${calibration.id}\n`);
for (const row of [HEAD, HEAD.map(() => "---"), ...rows]) console.log(`| ${row.join(" | ")} |`);

async function leaveOneOut(from: string): Promise<string[][]> {
  const heldOut = await readHeldOut();
  const all = withReliableLabels(await readClips(from, "train")).filter(({ speaker }) =>
    heldOut.has(speaker),
  );
  const training: Training = JSON.parse(
    (await readInput(join(values.model, "training.json"))).toString("utf8"),
  );
  const pieces = await conditionPieces(embedClip, all, await readSounds(from), 2 * workers);
  const recorded = ({ cell }: { cell: string }) => cell.endsWith("verified as recorded");
  const { kept } = withoutSuspects(conditionTrials(pieces, cohort), recorded);
  const corpora = [...new Set(kept.map(({ corpus }) => corpus))];
  return corpora.flatMap((corpus) => {
    const own = kept.filter((trial) => trial.corpus === corpus);
    if (new Set(own.map(({ enrolled }) => enrolled)).size < 3) return [];
    const rest = kept.filter((trial) => trial.corpus !== corpus);
    const { tables } = fitWorstFirst(rest, training.cohortMeasures ?? [], [methodOf(calibration)]);
    const cells = ["verified as recorded", "enrolled telephone, verified telephone"];
    return cells.map((cell) => {
      const trials = own.filter((trial) => trial.cell.endsWith(cell) && trial.conditions.crossBand === false);
      return [`without ${corpus}: ${cell}`, "1-7", ...transferRow(trials, { ...calibration, tables })];
    });
  });
}
