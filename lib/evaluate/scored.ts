import { basename, dirname, extname } from "node:path";
import { readInput } from "../input-file.ts";
import { factsIn, readClipTable } from "./clip-table.ts";
import type { Described } from "./conditions.ts";
import { singleClips } from "./enrollment-list.ts";
import { type Evaluation, type EvaluationInput, measured } from "./measured.ts";
import type { MethodScores } from "./methods.ts";
import { parseTrials } from "./trial-list.ts";

/** A list whose trials already have a score: no clip is heard. */
export async function evaluateScored(input: EvaluationInput): Promise<Evaluation> {
  const { list } = input;
  const root = input.root ?? dirname(list);
  const trials = parseTrials((await readInput(list)).toString("utf8"), list, "scored");
  const table = await readClipTable(input.table, root);
  const models = singleClips(trials);
  const facts = factsIn(table, root);
  const described = trials.map((trial): Described => {
    return {
      target: trial.target,
      clipConditions: undefined,
      enrolled: facts(trial.enrolled),
      probe: facts(trial.probe),
    };
  });
  const scores = Float64Array.from(trials, ({ score }) => score ?? Number.NaN);
  const given: MethodScores[] = [{ method: "given", scores, llrs: undefined }];
  return {
    ...(await measured(trials, given, described, { models, table, root, input })),
    list: basename(list, extname(list)),
    system: "given scores",
    clips: 0,
    excluded: [],
  };
}
