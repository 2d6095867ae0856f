import { basename, dirname, extname, resolve } from "node:path";
import type { Side } from "../domain/scoring/side.ts";
import { conditionsOf } from "../domain/scoring/trial.ts";
import { readInput } from "../input-file.ts";
import { type ClipTable, factsIn, readClipTable } from "./clip-table.ts";
import type { Described } from "./conditions.ts";
import { embedClips } from "./embed-clips.ts";
import type { EmbeddedClip } from "./embedding-cache.ts";
import { type EnrolledModel, parseEnrollments, requireModels, singleClips } from "./enrollment-list.ts";
import { excludedClips } from "./excluded.ts";
import { embeddingsFor } from "./given-embeddings.ts";
import { type Evaluation, type EvaluationInput, measured } from "./measured.ts";
import { type Pair, scoreByAll } from "./methods.ts";
import { type NamedClip, namedClips, requireFiles } from "./named-clips.ts";
import { sideOf } from "./sides.ts";
import { speakersOf } from "./speakers.ts";
import type { System } from "./system.ts";
import { parseTrials, requireBothClasses, type Trial } from "./trial-list.ts";

/** A list with what belongs to it, all of it in order. */
export type CheckedList = {
  input: EvaluationInput;
  root: string;
  trials: readonly Trial[];
  models: ReadonlyMap<string, EnrolledModel>;
  table: ClipTable | undefined;
  named: ReadonlyMap<string, NamedClip>;
};

/** Reads a list and finds everything that can be wrong with it, but for the sound of its clips. */
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
  const facts = factsIn(table, root);
  speakersOf(trials, models, (given) => facts(given)?.speaker, { list, enroll });
  return { input, root, trials, models, table, named };
}

/** Checks a list, then measures it. */
export const evaluateList = async (system: System, input: EvaluationInput): Promise<Evaluation> =>
  evaluateChecked(system, await checkList(input));

/**
 * Scores every trial of one list by all methods and measures the list and its parts. Z-Norm looks at the enrolled side alone,
 * T-Norm at the probe.
 */
export async function evaluateChecked(system: System, checked: CheckedList): Promise<Evaluation> {
  const { input, root, trials, models, table, named } = checked;
  const { list } = input;
  const given = input.embeddings;
  const embedded = given
    ? embeddingsFor(given, named.values(), root)
    : await embedClips(system.embedClip, named.values(), {
        width: input.width ?? 1,
        onProgress: input.onProgress,
      });
  const known = !given || given.measured;
  const pairs = pairsOf(trials, models, (given) => embedded.get(resolve(root, given)), system);
  const scored = pairs.map(({ trial }) => trial);
  requireBothClasses(scored, list);
  const facts = factsIn(table, root);
  const described = pairs.map(({ trial, pair }): Described => {
    const first = models.get(trial.enrolled)?.paths[0] ?? trial.enrolled;
    const [enrolled, probe] = [facts(first), facts(trial.probe)];
    const conditions = known ? conditionsOf(pair.enrolled, pair.probe) : undefined;
    return { target: trial.target, clipConditions: conditions, enrolled, probe };
  });
  const scores = scoreByAll(
    pairs.map(({ pair }) => pair),
    system.calibration,
  );
  return {
    ...(await measured(scored, scores, described, { models, table, root, input })),
    list: basename(list, extname(list)),
    system: system.name,
    clips: embedded.size,
    excluded: excludedClips(named.values(), embedded, trials, models),
  };
}

/** Trials of which both sides have a voice. */
function pairsOf(
  trials: readonly Trial[],
  models: ReadonlyMap<string, EnrolledModel>,
  embeddedOf: (given: string) => EmbeddedClip | undefined,
  { cohort }: System,
): { trial: Trial; pair: Pair }[] {
  const sides = new Map<string, Side | undefined>();
  const sideBy = (key: string, paths: readonly string[]) => {
    if (!sides.has(key))
      sides.set(
        key,
        sideOf(
          paths.flatMap((path) => embeddedOf(path) ?? []),
          cohort,
        ),
      );
    return sides.get(key);
  };
  return trials.flatMap((trial) => {
    const paths = models.get(trial.enrolled)?.paths ?? [];
    // A model of one clip is that clip's side: a list that names a clip on both sides has it once.
    const enrolled = paths.length === 1 ? sideBy(paths[0], paths) : sideBy(`model ${trial.enrolled}`, paths);
    const probe = sideBy(trial.probe, [trial.probe]);
    return enrolled && probe ? [{ trial, pair: { enrolled, probe } }] : [];
  });
}
