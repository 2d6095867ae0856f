/**
 * `npm run evaluate:dev`: measures the trial lists of the development speech and prints a Markdown
 * table for the models' cards, with a column for each. Options: --model DIR (repeat it; default:
 * the bundled model), --ge2e FILE (or VOICEROLL_GE2E) to compare with the open GE2E encoder,
 * --cache DIR, --bootstrap N.
 */
import { readdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { progress } from "../cli/progress.ts";
import { type Bundle, openBundle } from "../lib/adapters/model/bundle.ts";
import { BUNDLED_MODEL } from "../lib/adapters/model/bundled-model.ts";
import { parseClipTable } from "../lib/evaluate/clip-table.ts";
import { cachedEmbed, type EmbedClip, readsFile } from "../lib/evaluate/embedding-cache.ts";
import { evaluateList } from "../lib/evaluate/evaluate.ts";
import type { Evaluation } from "../lib/evaluate/evaluation.ts";
import { type System, systemOf } from "../lib/evaluate/system.ts";
import { readInput } from "../lib/input-file.ts";
import { speechFolder } from "../test/support/speech.ts";
import { type Column, devTable, LEGEND } from "./dev-table.ts";
import { ge2eEmbed } from "./ge2e.ts";

const SAME_DAY_NOTE =
  "Nearly all development speakers were recorded on one day, so the rates are lower than they would be across months.";

const { values } = parseArgs({
  options: {
    model: { type: "string", multiple: true, default: [BUNDLED_MODEL] },
    ge2e: { type: "string", default: process.env.VOICEROLL_GE2E },
    cache: { type: "string" },
    bootstrap: { type: "string", default: "1000" },
  },
});
const speech = speechFolder();
if (!speech) {
  console.error(
    "There is no speech folder. Put it at ../shared/speech next to the checkout, or set VOICEROLL_SPEECH.",
  );
  process.exit(2);
}
const root = join(speech, "dev");
const workers = availableParallelism();

const columns: Column[] = [];
let embedFirst: EmbedClip | undefined;
const bundles: Bundle[] = [];
for (const folder of values.model) {
  const bundle = await openBundle({ workers, folder });
  bundles.push(bundle);
  const system = await systemOf(bundle, { folder, cache: values.cache });
  embedFirst ??= await cachedEmbed(bundle.embedder, folder, values.cache);
  const evaluations = await evaluateAll(system);
  columns.push({ evaluations, method: "cosine" });
  if (system.cohort?.size) columns.push({ evaluations, method: "as-norm" });
}
if (values.ge2e && embedFirst) {
  const embedFile = readsFile(await ge2eEmbed(values.ge2e, embedFirst));
  const ge2e: System = { name: "GE2E", embedFile, cohort: undefined, calibration: undefined };
  columns.push({ evaluations: await evaluateAll(ge2e), method: "cosine" });
} else
  console.error(
    "There is no GE2E encoder to compare with. Name its ONNX file with --ge2e or VOICEROLL_GE2E.",
  );
for (const { embedder } of bundles) await embedder.close();

console.log(`${devTable(columns)}\n\n${LEGEND} ${SAME_DAY_NOTE} ${await genderNote()}`);

async function evaluateAll(system: System): Promise<Evaluation[]> {
  const evaluations: Evaluation[] = [];
  for (const file of (await readdir(join(root, "trials"))).sort()) {
    const bar = progress(`${system.name} ${file}`);
    const evaluation = await evaluateList(system, {
      list: join(root, "trials", file),
      root,
      width: 2 * workers,
      workers,
      replicates: Number(values.bootstrap),
      onProgress: bar.show,
    }).finally(bar.end);
    for (const { path, trials } of evaluation.excluded)
      console.error(`${file}: ${path} has too little speech to embed; ${trials} trials use it`);
    evaluations.push(evaluation);
  }
  return evaluations;
}

async function genderNote(): Promise<string> {
  const file = join(root, "clips.tsv");
  const { columns: tableColumns } = parseClipTable((await readInput(file)).toString("utf8"), file);
  return tableColumns.includes("gender")
    ? ""
    : "Gender is unknown: the table of the speech has no such column.";
}
