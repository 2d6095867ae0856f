import { Worker } from "node:worker_threads";
import type { SpeakerTrials } from "../../lib/score/rate-intervals.ts";
import { type Intervals, intervalsOf } from "./intervals.ts";

/** Trials, and how often their speakers are drawn. */
export type IntervalJob = { trials: SpeakerTrials; replicates: number };

/** Trials times replicates below which starting threads takes longer than the work. */
const WORTH_THREADS = 2e7;

/** Intervals of many lists of trials, on `workers` threads; in the order of the jobs. */
export async function allIntervals(
  jobs: readonly IntervalJob[],
  workers: number,
): Promise<(Intervals | undefined)[]> {
  const work = jobs.reduce((sum, job) => sum + workOf(job), 0);
  if (workers < 2 || work < WORTH_THREADS)
    return jobs.map(({ trials, replicates }) => intervalsOf(trials, replicates));
  // The longest first, so that no thread is left with one at the end.
  const waiting = [...jobs.keys()].sort((a, b) => workOf(jobs[b]) - workOf(jobs[a]));
  const results: (Intervals | undefined)[] = new Array(jobs.length);
  const lane = async () => {
    const worker = new Worker(new URL("./interval-worker.ts", import.meta.url));
    try {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
        results[next] = await ask(worker, jobs[next]);
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, jobs.length) }, lane));
  return results;
}

const workOf = ({ trials, replicates }: IntervalJob) => trials.scores.length * replicates;

const ask = (worker: Worker, job: IntervalJob): Promise<Intervals | undefined> =>
  new Promise((resolve, reject) => {
    worker.removeAllListeners();
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("a thread ended before it had answered")));
    worker.postMessage(job);
  });
