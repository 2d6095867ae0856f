import { basename, dirname, extname, resolve } from "node:path";
import type { Heard } from "../../lib/adapters/onnx/cached-ear.ts";
import { readInput } from "../clip-file.ts";
import { type ClipTable, readClipTable } from "./clip-table.ts";
import { type Described, partsOf } from "./conditions.ts";
import { embedClips } from "./embed-clips.ts";
import { type EnrolledModel, parseEnrolments, requireModels, singleClips } from "./enrol-list.ts";
import { type Excluded, excludedClips } from "./excluded.ts";
import { conditionsOf, type MethodScores, type Pair, scoreByAll } from "./methods.ts";
import { namedClips, requireFiles } from "./named-clips.ts";
import { type PartResult, partResults } from "./results.ts";
import { type Side, sideOf } from "./sides.ts";
import { speakersOf } from "./speakers.ts";
import type { System } from "./system.ts";
import { parseTrials, requireBothClasses, type Trial } from "./trial-list.ts";

/** One list, measured. */
export type Evaluation = {
  /** The list's file name without its extension. */
  list: string;
  system: string;
  clips: number;
  excluded: readonly Excluded[];
  /** The trials that were scored, and their scores in the same order. */
  trials: readonly Trial[];
  scores: readonly MethodScores[];
  /** The whole list, then its parts. */
  parts: readonly [PartResult, ...PartResult[]];
};

export type EvaluationInput = {
  list: string;
  /** What relative paths in the lists are relative to; undefined: the list's own folder. */
  root?: string | undefined;
  /** An enrolment list; undefined: each trial's first path is a clip. */
  enrol?: string | undefined;
  /** A clip table; undefined: root/clips.tsv, if there is one. */
  table?: string | undefined;
  /** Clips in work at once; undefined: 1. */
  width?: number | undefined;
  /** How often speakers are drawn for intervals; undefined: never. */
  replicates?: number | undefined;
  /** Threads that draw; undefined: 1. */
  workers?: number | undefined;
  onProgress?: ((done: number, total: number) => void) | undefined;
};

/**
 * Scores every trial of one list by all methods and measures the list and its parts. Z-Norm looks at the enrolled side alone,
 * T-Norm at the probe. Everything that can be wrong with the lists is found before the first clip is heard.
 */
export async function evaluateList(system: System, input: EvaluationInput): Promise<Evaluation> {
  const { list, enrol } = input;
  const root = input.root ?? dirname(list);
  const trials = parseTrials((await readInput(list)).toString("utf8"), list);
  const models = enrol
    ? parseEnrolments((await readInput(enrol)).toString("utf8"), enrol)
    : singleClips(trials);
  if (enrol) requireModels(trials, models, { list, enrol });
  const table = await readClipTable(input.table, root);
  const named = namedClips(trials, models, { list, enrol, root });
  await requireFiles(named.values(), root);
  speakersOf(trials, models, speakerIn(table, root), { list, enrol });

  const heard = await embedClips(system.ear, named.values(), {
    width: input.width ?? 1,
    onProgress: input.onProgress,
  });
  const pairs = pairsOf(trials, models, (given) => heard.get(resolve(root, given)), system);
  const scored = pairs.map(({ trial }) => trial);
  requireBothClasses(scored, list);
  const facts = (given: string) => table?.facts.get(resolve(root, given));
  const described = pairs.map(({ trial, pair }): Described => {
    const first = models.get(trial.enrolled)?.paths[0] ?? trial.enrolled;
    const [enrolled, probe] = [facts(first), facts(trial.probe)];
    return { target: trial.target, heard: conditionsOf(pair), enrolled, probe };
  });
  const scores = scoreByAll(
    pairs.map(({ pair }) => pair),
    system.calibration,
  );
  return {
    ...(await measured(scored, scores, described, { models, table, root, input })),
    list: basename(list, extname(list)),
    system: system.name,
    clips: heard.size,
    excluded: excludedClips(named.values(), heard, trials, models),
  };
}

/** A list whose trials already have a score: no clip is heard. */
export async function evaluateScored(input: EvaluationInput): Promise<Evaluation> {
  const { list } = input;
  const root = input.root ?? dirname(list);
  const trials = parseTrials((await readInput(list)).toString("utf8"), list, "scored");
  const table = await readClipTable(input.table, root);
  const models = singleClips(trials);
  const facts = (given: string) => table?.facts.get(resolve(root, given));
  const described = trials.map((trial): Described => {
    return {
      target: trial.target,
      heard: undefined,
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

async function measured(
  trials: readonly Trial[],
  scores: readonly MethodScores[],
  described: readonly Described[],
  about: {
    models: ReadonlyMap<string, EnrolledModel>;
    table: ClipTable | undefined;
    root: string;
    input: EvaluationInput;
  },
): Promise<Pick<Evaluation, "parts" | "scores" | "trials">> {
  const { models, table, root, input } = about;
  const speakers = speakersOf(trials, models, speakerIn(table, root), {
    list: input.list,
    enrol: input.enrol,
  });
  const genuine = Uint8Array.from(trials, ({ target }) => Number(target));
  const options = { replicates: input.replicates ?? 0, workers: input.workers ?? 1 };
  const [whole, ...parts] = await partResults(
    { genuine, speakers, methods: scores },
    partsOf(described, table),
    options,
  );
  return { trials, scores, parts: [whole, ...parts] };
}

const speakerIn = (table: ClipTable | undefined, root: string) => (given: string) =>
  table?.facts.get(resolve(root, given))?.speaker;

/** Trials of which both sides have a voice. */
function pairsOf(
  trials: readonly Trial[],
  models: ReadonlyMap<string, EnrolledModel>,
  heardOf: (given: string) => Heard | undefined,
  { cohort }: System,
): { trial: Trial; pair: Pair }[] {
  const sides = new Map<string, Side | undefined>();
  const sideBy = (key: string, paths: readonly string[]) => {
    if (!sides.has(key))
      sides.set(
        key,
        sideOf(
          paths.flatMap((path) => heardOf(path) ?? []),
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
