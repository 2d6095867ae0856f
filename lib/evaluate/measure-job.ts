import { type Intervals, intervalsOf } from "./intervals.ts";
import { type Measures, measure } from "./measures.ts";
import type { TrialSpeakers } from "./speakers.ts";

/** Some trials by one method; [T] each. `replicates`: how often speakers are drawn. */
export type MeasureJob = {
  scores: Float64Array;
  llrs: Float64Array | undefined;
  /** 1 where the two sides are one speaker. */
  genuine: Uint8Array;
  speakers: TrialSpeakers;
  replicates: number;
};

/** `measures`: undefined where the trials are of one class; `intervals`: then, too, and where intervalsOf says. */
export type Measured = { measures: Measures | undefined; intervals: Intervals | undefined };

export function measureJob(job: MeasureJob): Measured {
  const { scores, llrs, genuine, speakers, replicates } = job;
  const classes = (values: Float64Array) => ({
    genuine: values.filter((_, t) => genuine[t] === 1),
    impostor: values.filter((_, t) => genuine[t] === 0),
  });
  const both = classes(scores);
  // Each measure sorts for itself; what is in order already sorts fast.
  both.genuine.sort();
  both.impostor.sort();
  if (both.genuine.length === 0 || both.impostor.length === 0)
    return { measures: undefined, intervals: undefined };
  const { enrolled, probe, count } = speakers;
  const bits = (llr: number, t: number) => Math.log1p(Math.exp(genuine[t] ? -llr : llr)) / Math.LN2;
  const cost = llrs?.map(bits);
  return {
    measures: measure(both, llrs && classes(llrs)),
    intervals: intervalsOf({ scores, genuine, enrolled, probe, speakers: count, cost }, replicates),
  };
}
