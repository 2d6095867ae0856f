import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { roundedDown } from "../../lib/domain/scoring/speech.ts";
import { readEmbeddingFile } from "../../lib/evaluate/embedding-file.ts";
import { type CheckedList, checkList, evaluateChecked } from "../../lib/evaluate/evaluate.ts";
import type { Evaluation, EvaluationInput } from "../../lib/evaluate/evaluation.ts";
import { evaluateScored } from "../../lib/evaluate/scored.ts";
import { evaluationJson } from "../../lib/evaluate/serialize.ts";
import { systemOf, systemOfEmbeddings } from "../../lib/evaluate/system.ts";
import { evaluationText, sessionNote, upsideDownNote } from "../evaluate/text.ts";
import { type Globals, wholeNumber } from "../options.ts";
import { print, printJsonLines, warn } from "../print.ts";
import { progress } from "../progress.ts";
import { t } from "../text/language.ts";

type Options = Globals & {
  root?: string;
  enroll?: string;
  clips?: string;
  model?: string;
  scored: boolean;
  embeddings?: string;
  report?: string;
  bootstrap: number;
  workers: number;
  cache: string | boolean;
};

export function addEvaluate(program: Command): void {
  program
    .command("evaluate")
    .description("measure error rates on lists of trials, for all scoring methods side by side")
    .argument(
      "<trials...>",
      "lists with lines `label path path` (1: same speaker, 0: different) or `path path target|nontarget`",
    )
    .option("--root <dir>", "folder that the lists' paths start from; default: each list's folder")
    .option("--enroll <file>", "list with lines `model path...`; trials are then `label model path`")
    .option(
      "--clips <file>",
      "table of the clips' speakers, sessions and so on; default: clips.tsv in the root",
    )
    .option("--scored", "lines are `label path path score`; the clips are not read", false)
    .option("--embeddings <file>", "JSON Lines of embeddings by any model; the clips are not read")
    .option("--model <dir>", "folder of a model; default: the model that --data uses")
    .option("--report <dir>", "write report.html, its figures, and the results as JSON and CSV")
    .option(
      "--bootstrap <n>",
      "bootstrap draws for the 95 % intervals; 0 for no intervals",
      wholeNumber(0, 100_000),
      500,
    )
    .option("--workers <n>", "number of threads", wholeNumber(1, 64), availableParallelism())
    .option(
      "--cache <dir>",
      "folder that keeps embeddings for the next run; default: evaluation-cache in --data",
    )
    .option("--no-cache", "do not keep embeddings")
    .action(async (lists: string[], _own, command: Command) => {
      await evaluateAll(lists, command.optsWithGlobals<Options>());
    });
}

async function evaluateAll(lists: readonly string[], options: Options): Promise<void> {
  const inputs = lists.map((list) => inputOf(list, options));
  const evaluations: Evaluation[] = [];
  const onResult = ({ list }: EvaluationInput, evaluation: Evaluation) => {
    printEvaluation(list, evaluation, options.json);
    evaluations.push(evaluation);
    const note = sessionNote(evaluation);
    if (note) warn(note);
  };
  if (options.scored) for (const input of inputs) onResult(input, await evaluateScored(input));
  else if (options.embeddings) await evaluateEmbeddingFile(inputs, options.embeddings, onResult);
  else await evaluateClipLists(inputs, options, onResult);
  if (options.report) {
    // Vega takes a while to load, so it is imported only for a report.
    const { writeReport } = await import("../evaluate/report/write.ts");
    warn(t`report: ${await writeReport(evaluations, options.report)}`);
  }
}

const inputOf = (list: string, options: Options): EvaluationInput => ({
  list,
  root: options.root,
  enroll: options.enroll,
  table: options.clips,
  width: 2 * options.workers,
  workers: options.workers,
  replicates: options.bootstrap,
});

/** Checks all lists before it opens the model, so that a mistake in a list is reported early. */
async function evaluateClipLists(
  inputs: readonly EvaluationInput[],
  options: Options,
  onResult: (input: EvaluationInput, evaluation: Evaluation) => void,
): Promise<void> {
  const checked: CheckedList[] = [];
  for (const input of inputs) checked.push(await checkList(input));
  const { openBundle } = await import("../../lib/adapters/model/bundle.ts");
  const { activeModel } = await import("../../lib/adapters/models/library.ts");
  const folder = options.model ?? (await activeModel(options.data));
  const bundle = await openBundle({ workers: options.workers, onDemand: true, folder });
  try {
    const cache = cacheOf(options);
    if (cache)
      warn(t`Embeddings are kept in ${cache}. Delete the folder when you are done, or use --no-cache.`);
    const system = await systemOf(bundle, { folder, cache });
    for (const one of checked) {
      const bar = progress(one.input.list);
      const input = { ...one.input, onProgress: bar.show };
      onResult(input, await evaluateChecked(system, { ...one, input }).finally(bar.end));
    }
  } finally {
    await bundle.embedder.close();
  }
}

async function evaluateEmbeddingFile(
  inputs: readonly EvaluationInput[],
  file: string,
  onResult: (input: EvaluationInput, evaluation: Evaluation) => void,
): Promise<void> {
  const embeddings = await readEmbeddingFile(file);
  const checked: CheckedList[] = [];
  for (const input of inputs) checked.push(await checkList({ ...input, embeddings }));
  for (const one of checked) onResult(one.input, await evaluateChecked(systemOfEmbeddings(embeddings), one));
}

function cacheOf({ cache, data }: Options): string | undefined {
  if (cache === false) return undefined;
  return typeof cache === "string" ? cache : join(data, "evaluation-cache");
}

function printEvaluation(list: string, evaluation: Evaluation, json: boolean): void {
  for (const { path, line, speechSeconds, trials } of evaluation.excluded)
    warn(
      t(
        "{}:{}: excluded: {} has {} s of speech, which is too little to embed; {} trials use it",
        ...[list, line, path, roundedDown(speechSeconds, 2), trials],
      ),
    );
  if (evaluation.excluded.length > 0) warn(t`${list}: ${evaluation.excluded.length} clips excluded`);
  if (json) printJsonLines(evaluationJson(evaluation));
  else print(`${evaluationText(evaluation)}\n`);
  const note = upsideDownNote(evaluation);
  if (note) warn(`${list}: ${note}`);
}
