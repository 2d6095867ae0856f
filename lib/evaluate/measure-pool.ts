import { Worker } from "node:worker_threads";
import { type MeasureJob, type MethodResult, measureJob } from "./measure-job.ts";

/** The number of trials times draws below which starting threads takes longer than the work. */
const WORTH_THREADS = 2e7;

/** Runs the jobs on up to `workers` threads. Resolves to the results in the order of the jobs. */
export async function measureAll(jobs: readonly MeasureJob[], workers: number): Promise<MethodResult[]> {
  const work = jobs.reduce((sum, job) => sum + workOf(job), 0);
  if (workers < 2 || work < WORTH_THREADS) return jobs.map(measureJob);
  // Start with the longest jobs, so that no thread is still busy long after the others.
  const queue = [...jobs.entries()].sort(([, a], [, b]) => workOf(b) - workOf(a)).values();
  const results: MethodResult[] = new Array(jobs.length);
  const runThread = async () => {
    const worker = new Worker(new URL("./measure-worker.ts", import.meta.url));
    try {
      for (const [index, job] of queue) results[index] = await runJob(worker, job);
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, jobs.length) }, runThread));
  return results;
}

/** Estimates a job's work. Measuring once takes as long as about 50 draws. */
const workOf = ({ scores, replicates }: MeasureJob) => scores.length * (replicates + 50);

const runJob = (worker: Worker, job: MeasureJob): Promise<MethodResult> =>
  new Promise((resolve, reject) => {
    worker.removeAllListeners();
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("a worker thread exited before it answered")));
    worker.postMessage(job);
  });
