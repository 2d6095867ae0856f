import { availableParallelism } from "node:os";
import type { Command } from "commander";
import { type Evaluation, evaluateList } from "../evaluate.ts";
import { evaluationJson, evaluationText, SAME_DAY_NOTE } from "../evaluation-text.ts";
import { type Globals, wholeNumber } from "../options.ts";
import { remark, say, sayJsonLines } from "../print.ts";
import { progress } from "../progress.ts";
import { openActive } from "../services.ts";

type Options = Globals & { root?: string; workers: number; cache?: string };

export function addEvaluate(program: Command): void {
  program
    .command("evaluate")
    .description("error rates on lists of trials, for all four ways of scoring")
    .argument("<trials...>", "lists with lines `label path path`, label 1 for the same speaker, else 0")
    .option("--root <dir>", "what the lists' paths are relative to; default: each list's folder")
    .option(
      "--workers <n>",
      "threads that embed",
      wholeNumber(1, 64),
      Math.max(1, availableParallelism() - 1),
    )
    .option("--cache <dir>", "keep embeddings here for the next run; empty it after an update of Voiceroll")
    .action(async (lists: string[], _own, command: Command) => {
      const { data, root, workers, cache, json } = command.optsWithGlobals<Options>();
      const bundle = await openActive(data, workers);
      try {
        for (const list of lists) {
          const bar = progress(list);
          const evaluation = await evaluateList(bundle, {
            list,
            root,
            workers: 2 * workers,
            cache,
            onProgress: bar.show,
          }).finally(bar.end);
          tell(list, evaluation, json);
        }
        remark(SAME_DAY_NOTE);
      } finally {
        await bundle.embedder.close();
      }
    });
}

function tell(list: string, evaluation: Evaluation, json: boolean): void {
  for (const { path, line, speechSeconds, trials } of evaluation.excluded)
    remark(
      `${list}:${line}: excluded: ${path} has ${speechSeconds.toFixed(2)} s of speech, too little to embed; ${trials} trials not scored`,
    );
  if (evaluation.excluded.length > 0) remark(`${list}: ${evaluation.excluded.length} clips excluded`);
  if (json) sayJsonLines(evaluationJson(evaluation));
  else say(`${evaluationText(evaluation)}\n`);
}
