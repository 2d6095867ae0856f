import { type Intervals, intervalsOf } from "./intervals.ts";
import { type Measures, measure } from "./measures.ts";
import type { MeasuredMethod } from "./methods.ts";
import type { TrialSpeakers } from "./speakers.ts";

/**
 * Some trials scored by one method. Arrays are [T]. `replicates`: the number of bootstrap draws.
 */
export type MeasureJob = {
  method: MeasuredMethod;
  scores: Float64Array;
  llrs: Float64Array | undefined;
  /** 1 for target trials, 0 for impostor trials. */
  genuine: Uint8Array;
  speakers: TrialSpeakers;
  replicates: number;
};

/**
 * `measures` is undefined if the trials are of one class. `intervals` is undefined then, with too
 * few speakers, and without bootstrap draws.
 */
export type MethodResult = {
  method: MeasuredMethod;
  measures: Measures | undefined;
  intervals: Intervals | undefined;
};

export function measureJob(job: MeasureJob): MethodResult {
  const { method, scores, llrs, genuine, speakers, replicates } = job;
  const byClass = (values: Float64Array) => ({
    genuine: values.filter((_, t) => genuine[t] === 1),
    impostor: values.filter((_, t) => genuine[t] === 0),
  });
  const classes = byClass(scores);
  // Each measure sorts its input. Sorting once here makes those sorts fast.
  classes.genuine.sort();
  classes.impostor.sort();
  if (classes.genuine.length === 0 || classes.impostor.length === 0)
    return { method, measures: undefined, intervals: undefined };
  const { enrolled, probe, count } = speakers;
  const bits = (llr: number, t: number) => Math.log1p(Math.exp(genuine[t] ? -llr : llr)) / Math.LN2;
  const cost = llrs?.map(bits);
  return {
    method,
    measures: measure(classes, llrs && byClass(llrs)),
    intervals: intervalsOf({ scores, genuine, enrolled, probe, speakers: count, cost }, replicates),
  };
}
