import { basename, dirname, extname, resolve } from "node:path";
import type { Side } from "../domain/scoring/side.ts";
import { conditionsOf } from "../domain/scoring/trial.ts";
import { readInput } from "../input-file.ts";
import { type ClipTable, factsLookup, readClipTable } from "./clip-table.ts";
import type { TrialDescription } from "./conditions.ts";
import { embedClips } from "./embed-clips.ts";
import type { EmbeddedClip } from "./embedding-cache.ts";
import { embeddingsFor } from "./embedding-file.ts";
import { type EnrolledModel, parseEnrollments, requireModels, singleClips } from "./enrollment-list.ts";
import { type Evaluation, type EvaluationInput, measureTrials } from "./evaluation.ts";
import { type Pair, scoreByAll } from "./methods.ts";
import { excludedClips, type NamedClip, namedClips, requireFiles } from "./named-clips.ts";
import { provenanceOf } from "./provenance.ts";
import { sideOf } from "./sides.ts";
import { speakersOf } from "./speakers.ts";
import type { System } from "./system.ts";
import { parseTrials, requireBothClasses, type Trial } from "./trial-list.ts";

/** A trial list with everything it refers to, checked. */
export type CheckedList = {
  input: EvaluationInput;
  root: string;
  trials: readonly Trial[];
  models: ReadonlyMap<string, EnrolledModel>;
  table: ClipTable | undefined;
  named: ReadonlyMap<string, NamedClip>;
};

/** Reads and checks a list. Afterwards only the sound of its clips can still be invalid. */
export async function checkList(input: EvaluationInput): Promise<CheckedList> {
  const { list, enroll } = input;
  const root = input.root ?? dirname(list);
  const trials = parseTrials((await readInput(list)).toString("utf8"), list);
  const models = enroll
    ? parseEnrollments((await readInput(enroll)).toString("utf8"), enroll)
    : singleClips(trials);
  if (enroll) requireModels(trials, models, { list, enroll });
  const table = await readClipTable(input.table, root);
  const named = namedClips(trials, models, { list, enroll, root });
  if (input.embeddings) embeddingsFor(input.embeddings, named.values(), root);
  else await requireFiles(named.values(), root);
  const facts = factsLookup(table, root);
  speakersOf(trials, models, (name) => facts(name)?.speaker, { list, enroll });
  return { input, root, trials, models, table, named };
}

/** Checks a list, then measures it. */
export const evaluateList = async (system: System, input: EvaluationInput): Promise<Evaluation> =>
  evaluateChecked(system, await checkList(input));

/** Scores every trial of a list by all methods, then measures the list and its parts. */
export async function evaluateChecked(system: System, checked: CheckedList): Promise<Evaluation> {
  const { input, root, models, table, named } = checked;
  const { list, embeddings } = input;
  const embedded = embeddings
    ? embeddingsFor(embeddings, named.values(), root)
    : await embedClips(system.embedFile, named.values(), {
        width: input.width ?? 1,
        onProgress: input.onProgress,
      });
  const pairs = pairsOf(checked, (name) => embedded.get(resolve(root, name)), system);
  const trials = pairs.map(({ trial }) => trial);
  requireBothClasses(trials, list);
  const facts = factsLookup(table, root);
  const described = pairs.map(({ trial, pair }): TrialDescription => {
    const firstClip = models.get(trial.enrolled)?.paths[0] ?? trial.enrolled;
    const hasConditions = !embeddings || embeddings.hasSpeechSeconds;
    return {
      target: trial.target,
      clipConditions: hasConditions ? conditionsOf(pair.enrolled, pair.probe) : undefined,
      enrolled: facts(firstClip),
      probe: facts(trial.probe),
    };
  });
  const scores = scoreByAll(
    pairs.map(({ pair }) => pair),
    system.calibration,
  );
  return {
    ...(await measureTrials(trials, scores, described, { models, table, root, input })),
    list: basename(list, extname(list)),
    system: system.name,
    provenance: await provenanceOf(list, system),
    clips: embedded.size,
    excluded: excludedClips(named.values(), embedded, checked.trials, models),
  };
}

/** Returns the trials whose two sides both have an embedding. */
function pairsOf(
  { trials, models }: Pick<CheckedList, "models" | "trials">,
  embeddedOf: (name: string) => EmbeddedClip | undefined,
  { cohort }: System,
): { trial: Trial; pair: Pair }[] {
  const sides = new Map<string, Side | undefined>();
  const sideFor = (id: string, paths: readonly string[]) => {
    if (!sides.has(id)) {
      const clips = paths.flatMap((path) => embeddedOf(path) ?? []);
      sides.set(id, sideOf(clips, cohort));
    }
    return sides.get(id);
  };
  return trials.flatMap((trial) => {
    const paths = models.get(trial.enrolled)?.paths ?? [];
    const [first] = paths;
    // A model of one clip shares that clip's side, which is then computed once for both uses.
    const id = first !== undefined && paths.length === 1 ? first : `model ${trial.enrolled}`;
    const enrolled = sideFor(id, paths);
    const probe = sideFor(trial.probe, [trial.probe]);
    return enrolled && probe ? [{ trial, pair: { enrolled, probe } }] : [];
  });
}
