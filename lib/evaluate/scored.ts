import { basename, dirname, extname } from "node:path";
import { readInput } from "../input-file.ts";
import { factsLookup, readClipTable } from "./clip-table.ts";
import type { TrialDescription } from "./conditions.ts";
import { singleClips } from "./enrollment-list.ts";
import { type Evaluation, type EvaluationInput, measureTrials } from "./evaluation.ts";
import type { MethodScores } from "./methods.ts";
import { provenanceOf } from "./provenance.ts";
import { parseTrials } from "./trial-list.ts";

/** Measures a list whose trials already have a score. The clips themselves are not read. */
export async function evaluateScored(input: EvaluationInput): Promise<Evaluation> {
  const { list } = input;
  const root = input.root ?? dirname(list);
  const trials = parseTrials((await readInput(list)).toString("utf8"), list, "scored");
  const table = await readClipTable(input.table, root);
  const models = singleClips(trials);
  const facts = factsLookup(table, root);
  const described = trials.map(
    ({ target, enrolled, probe }): TrialDescription => ({
      target,
      clipConditions: undefined,
      enrolled: facts(enrolled),
      probe: facts(probe),
    }),
  );
  const scores = Float64Array.from(trials, ({ score }) => score ?? Number.NaN);
  const methods: MethodScores[] = [{ method: "given", scores, llrs: undefined }];
  return {
    ...(await measureTrials(trials, methods, described, { models, table, root, input })),
    list: basename(list, extname(list)),
    system: "given scores",
    provenance: await provenanceOf(list, undefined),
    clips: 0,
    excluded: [],
  };
}
