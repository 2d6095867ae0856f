import { type ClipTable, factsIn } from "./clip-table.ts";
import { type Described, partsOf } from "./conditions.ts";
import type { EnrolledModel } from "./enrollment-list.ts";
import type { Excluded } from "./excluded.ts";
import type { GivenEmbeddings } from "./given-embeddings.ts";
import type { MethodScores } from "./methods.ts";
import { type PartResult, partResults } from "./results.ts";
import { speakersOf } from "./speakers.ts";
import type { Trial } from "./trial-list.ts";

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
  /** An enrollment list; undefined: each trial's first path is a clip. */
  enroll?: string | undefined;
  /** A clip table; undefined: root/clips.tsv, if there is one. */
  table?: string | undefined;
  /** Of another model: no clip is heard. */
  embeddings?: GivenEmbeddings | undefined;
  /** Clips in work at once; undefined: 1. */
  width?: number | undefined;
  /** How often speakers are drawn for intervals; undefined: never. */
  replicates?: number | undefined;
  /** Threads that draw; undefined: 1. */
  workers?: number | undefined;
  onProgress?: ((done: number, total: number) => void) | undefined;
};

/** The list and its parts, once every trial has its scores. */
export async function measured(
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
  const facts = factsIn(table, root);
  const speakers = speakersOf(trials, models, (given) => facts(given)?.speaker, {
    list: input.list,
    enroll: input.enroll,
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
