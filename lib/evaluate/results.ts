import { ALL, type Part } from "./conditions.ts";
import type { MeasureJob, MethodResult } from "./measure-job.ts";
import { measureAll } from "./measure-pool.ts";
import type { MethodScores } from "./methods.ts";
import type { TrialSpeakers } from "./speakers.ts";

export type PartResult = {
  condition: string;
  value: string;
  targets: number;
  impostors: number;
  speakers: number;
  results: readonly MethodResult[];
};

type ScoredTrials = {
  /** [T] 1 for target trials, 0 for impostor trials. */
  genuine: Uint8Array;
  speakers: TrialSpeakers;
  methods: readonly MethodScores[];
};

/**
 * Measures every part of the list by every method. Resolves to the results in the order of the
 * parts.
 */
export async function partResults(
  scored: ScoredTrials,
  parts: readonly Part[],
  options: { replicates: number; workers: number },
): Promise<PartResult[]> {
  const prepared = parts.map((part) => {
    const trials = trialsOfPart(scored, part, options.replicates);
    return { part, ...trials, jobs: scored.methods.map((scores) => jobOf(scores, part, trials)) };
  });
  const measured = await measureAll(
    prepared.flatMap(({ jobs }) => jobs),
    options.workers,
  );
  return prepared.map(({ part: { condition, value }, genuine, speakers, jobs }, i) => {
    const targets = genuine.reduce((sum, one) => sum + one, 0);
    return {
      condition,
      value,
      targets,
      impostors: genuine.length - targets,
      speakers: speakers.count,
      results: measured.slice(i * jobs.length, (i + 1) * jobs.length),
    };
  });
}

type PartTrials = Pick<MeasureJob, "genuine" | "replicates" | "speakers">;

/** Selects a part's trials and renumbers its speakers from 0. */
function trialsOfPart({ genuine, speakers }: ScoredTrials, part: Part, replicates: number): PartTrials {
  const { trials } = part;
  const numbers = new Map<number, number>();
  const renumber = (speaker: number) => {
    const number = numbers.get(speaker) ?? numbers.size;
    numbers.set(speaker, number);
    return number;
  };
  const enrolled = select(speakers.enrolled, trials, new Int32Array(trials.length)).map(renumber);
  const probe = select(speakers.probe, trials, new Int32Array(trials.length)).map(renumber);
  return {
    genuine: select(genuine, trials, new Uint8Array(trials.length)),
    speakers: { enrolled, probe, count: numbers.size },
    replicates: drawsFor(part, replicates),
  };
}

/** A part has wide intervals, which a quarter of the draws determines well enough. */
const drawsFor = ({ condition }: Part, replicates: number) =>
  condition === ALL ? replicates : Math.min(replicates, Math.max(200, Math.ceil(replicates / 4)));

const jobOf = ({ method, scores, llrs }: MethodScores, { trials }: Part, part: PartTrials): MeasureJob => ({
  method,
  scores: select(scores, trials, new Float64Array(trials.length)),
  llrs: llrs && select(llrs, trials, new Float64Array(trials.length)),
  ...part,
});

/**
 * Copies the values at `indices` into `target`. `from` with a function would take ten times as
 * long.
 */
function select<Values extends Float64Array | Int32Array | Uint8Array>(
  values: Values,
  indices: Int32Array,
  target: Values,
): Values {
  indices.forEach((index, i) => {
    target[i] = values[index] ?? 0;
  });
  return target;
}
