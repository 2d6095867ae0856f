import { Worker } from "node:worker_threads";
import { type Measured, type MeasureJob, measureJob } from "./measure-job.ts";

/** Trials times draws below which starting threads takes longer than the work. */
const WORTH_THREADS = 2e7;

/** Measures many lists of trials, on `workers` threads; in the order of the jobs. */
export async function measureAll(jobs: readonly MeasureJob[], workers: number): Promise<Measured[]> {
  const work = jobs.reduce((sum, job) => sum + workOf(job), 0);
  if (workers < 2 || work < WORTH_THREADS) return jobs.map(measureJob);
  // The longest first, so that no thread is left with one at the end.
  const waiting = [...jobs.keys()].sort((a, b) => workOf(jobs[b]) - workOf(jobs[a]));
  const results: Measured[] = new Array(jobs.length);
  const lane = async () => {
    const worker = new Worker(new URL("./measure-worker.ts", import.meta.url));
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

/** Measuring once takes as long as some dozens of draws. */
const workOf = ({ scores, replicates }: MeasureJob) => scores.length * (replicates + 50);

const ask = (worker: Worker, job: MeasureJob): Promise<Measured> =>
  new Promise((resolve, reject) => {
    worker.removeAllListeners();
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("a thread ended before it had answered")));
    worker.postMessage(job);
  });
