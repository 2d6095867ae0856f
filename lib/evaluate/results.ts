import { ALL, type Part } from "./conditions.ts";
import type { Measured, MeasureJob } from "./measure-job.ts";
import { measureAll } from "./measure-pool.ts";
import type { MeasuredMethod, MethodScores } from "./methods.ts";
import type { TrialSpeakers } from "./speakers.ts";

/** One method on some trials. */
export type MethodResult = Measured & { method: MeasuredMethod };

export type PartResult = {
  condition: string;
  value: string;
  targets: number;
  impostors: number;
  speakers: number;
  results: readonly MethodResult[];
};

export type ScoredTrials = {
  /** [T] 1 where the two sides are one speaker. */
  genuine: Uint8Array;
  speakers: TrialSpeakers;
  methods: readonly MethodScores[];
};

/** Every part of the list by every method. */
export async function partResults(
  scored: ScoredTrials,
  parts: readonly Part[],
  options: { replicates: number; workers: number },
): Promise<PartResult[]> {
  const spoken = parts.map((part) => whoSpeaks(scored, part));
  const jobs = parts.flatMap((part, i) =>
    scored.methods.map((scores) => jobOf(scored, scores, part, spoken[i], options.replicates)),
  );
  const measured = await measureAll(jobs, options.workers);
  return parts.map(({ condition, value, trials }, i) => {
    const targets = trials.reduce((count, t) => count + scored.genuine[t], 0);
    return {
      condition,
      value,
      targets,
      impostors: trials.length - targets,
      speakers: spoken[i].count,
      results: scored.methods.map(({ method }, k) => ({
        method,
        ...measured[i * scored.methods.length + k],
      })),
    };
  });
}

/** A part's interval is wide anyway: a quarter of the draws tells it as well as need be. */
const drawsOf = ({ condition }: Part, replicates: number) =>
  condition === ALL ? replicates : Math.min(replicates, Math.max(200, Math.ceil(replicates / 4)));

/** The part's own speakers, numbered anew. */
function whoSpeaks({ speakers }: ScoredTrials, { trials }: Part): TrialSpeakers {
  const numbers = new Map<number, number>();
  const number = (speaker: number) => {
    const known = numbers.get(speaker) ?? numbers.size;
    numbers.set(speaker, known);
    return known;
  };
  const enrolled = trials.map((t) => number(speakers.enrolled[t]));
  const probe = trials.map((t) => number(speakers.probe[t]));
  return { enrolled, probe, count: numbers.size };
}

const jobOf = (
  { genuine }: ScoredTrials,
  { scores, llrs }: MethodScores,
  part: Part,
  speakers: TrialSpeakers,
  replicates: number,
): MeasureJob => ({
  scores: picked(scores, part.trials, new Float64Array(part.trials.length)),
  llrs: llrs && picked(llrs, part.trials, new Float64Array(part.trials.length)),
  genuine: picked(genuine, part.trials, new Uint8Array(part.trials.length)),
  speakers,
  replicates: drawsOf(part, replicates),
});

/** `from` with a function takes ten times as long. */
function picked<Values extends Float64Array | Uint8Array>(all: Values, at: Int32Array, into: Values): Values {
  for (let i = 0; i < at.length; i++) into[i] = all[at[i]];
  return into;
}
