import { type ClipTable, factsLookup } from "./clip-table.ts";
import { partsOf, type TrialDescription } from "./conditions.ts";
import type { EmbeddingFile } from "./embedding-file.ts";
import type { EnrolledModel } from "./enrollment-list.ts";
import type { MethodScores } from "./methods.ts";
import type { ExcludedClip } from "./named-clips.ts";
import type { Provenance } from "./provenance.ts";
import { type PartResult, partResults } from "./results.ts";
import { speakersOf } from "./speakers.ts";
import type { Trial } from "./trial-list.ts";

/** The result for one list. */
export type Evaluation = {
  /** The list's file name without its extension. */
  list: string;
  system: string;
  provenance: Provenance;
  clips: number;
  excluded: readonly ExcludedClip[];
  /** The trials that were scored. */
  trials: readonly Trial[];
  /** One entry per method, with scores in the order of `trials`. */
  scores: readonly MethodScores[];
  /** The whole list, then its parts. */
  parts: readonly [PartResult, ...PartResult[]];
};

export type EvaluationInput = {
  list: string;
  /** The folder that relative paths start from; default: the list's folder. */
  root?: string | undefined;
  /** An enrollment list; undefined: each trial's first path is a clip. */
  enroll?: string | undefined;
  /** A clip table; default: root/clips.tsv if it exists. */
  table?: string | undefined;
  /** Embeddings of another model. The clips themselves are then not read. */
  embeddings?: EmbeddingFile | undefined;
  /** The number of clips to embed in parallel; default: 1. */
  width?: number | undefined;
  /** The number of bootstrap draws for intervals; default: 0, no intervals. */
  replicates?: number | undefined;
  /** The number of threads for the bootstrap; default: 1. */
  workers?: number | undefined;
  onProgress?: ((done: number, total: number) => void) | undefined;
};

/** Measures the list and its parts from the scores of every trial. */
export async function measureTrials(
  trials: readonly Trial[],
  scores: readonly MethodScores[],
  described: readonly TrialDescription[],
  context: {
    models: ReadonlyMap<string, EnrolledModel>;
    table: ClipTable | undefined;
    root: string;
    input: EvaluationInput;
  },
): Promise<Pick<Evaluation, "parts" | "scores" | "trials">> {
  const { models, table, root, input } = context;
  const facts = factsLookup(table, root);
  const speakers = speakersOf(trials, models, (name) => facts(name)?.speaker, {
    list: input.list,
    enroll: input.enroll,
  });
  const genuine = Uint8Array.from(trials, ({ target }) => Number(target));
  const [whole, ...parts] = await partResults(
    { genuine, speakers, methods: scores },
    partsOf(described, table),
    { replicates: input.replicates ?? 0, workers: input.workers ?? 1 },
  );
  if (!whole) throw new RangeError("a list has at least one part: itself");
  return { trials, scores, parts: [whole, ...parts] };
}
