import type { SpeakerTrials } from "../../lib/score/rate-intervals.ts";
import { ALL, type Part } from "./conditions.ts";
import { allIntervals } from "./interval-pool.ts";
import type { Intervals } from "./intervals.ts";
import { type Measures, measure } from "./measures.ts";
import type { MeasuredMethod, MethodScores } from "./methods.ts";
import type { TrialSpeakers } from "./speakers.ts";

/** One method on some trials. `measures`: undefined where the trials are of one class; `intervals`: see there. */
export type MethodResult = {
  method: MeasuredMethod;
  measures: Measures | undefined;
  intervals: Intervals | undefined;
};

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

/** Every part of the list by every method. Intervals last: they take the time. */
export async function partResults(
  scored: ScoredTrials,
  parts: readonly Part[],
  options: { replicates: number; workers: number },
): Promise<PartResult[]> {
  const drawn = parts.map((part) => whoSpeaks(scored, part));
  const measured = parts.map((part) => scored.methods.map((scores) => measurePart(scored, scores, part)));
  const jobs = parts.flatMap((part, i) =>
    scored.methods.flatMap((scores, k) => {
      if (!measured[i][k]) return [];
      return [
        { trials: drawable(scored, scores, part, drawn[i]), replicates: drawsOf(part, options.replicates) },
      ];
    }),
  );
  const intervals = (await allIntervals(jobs, options.workers)).values();
  return parts.map(({ condition, value, trials }, i) => {
    const targets = trials.reduce((count, t) => count + scored.genuine[t], 0);
    return {
      condition,
      value,
      targets,
      impostors: trials.length - targets,
      speakers: drawn[i].count,
      results: scored.methods.map(({ method }, k) => {
        const measures = measured[i][k];
        return { method, measures, intervals: measures && intervals.next().value };
      }),
    };
  });
}

/** A part's interval is wide anyway: a quarter of the draws tells it as well as need be. */
const drawsOf = ({ condition }: Part, replicates: number) =>
  condition === ALL ? replicates : Math.min(replicates, Math.max(200, Math.ceil(replicates / 4)));

function measurePart({ genuine }: ScoredTrials, { scores, llrs }: MethodScores, { trials }: Part) {
  const classes = (values: Float64Array) => ({
    genuine: Float64Array.from(
      trials.filter((t) => genuine[t] === 1),
      (t) => values[t],
    ),
    impostor: Float64Array.from(
      trials.filter((t) => genuine[t] === 0),
      (t) => values[t],
    ),
  });
  const both = classes(scores);
  if (both.genuine.length === 0 || both.impostor.length === 0) return undefined;
  return measure(both, llrs && classes(llrs));
}

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

function drawable(
  { genuine }: ScoredTrials,
  { scores, llrs }: MethodScores,
  { trials }: Part,
  { enrolled, probe, count }: TrialSpeakers,
): SpeakerTrials {
  const bits = (t: number, llr: number) => Math.log1p(Math.exp(genuine[t] ? -llr : llr)) / Math.LN2;
  return {
    scores: Float64Array.from(trials, (t) => scores[t]),
    genuine: Uint8Array.from(trials, (t) => genuine[t]),
    enrolled,
    probe,
    speakers: count,
    cost: llrs && Float64Array.from(trials, (t) => bits(t, llrs[t])),
  };
}
