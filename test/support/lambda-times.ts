import type { LambdaFunction } from "./lambda-runtime.ts";
import { percentile } from "./percentile.ts";

export type LambdaTimes = {
  initMs: number;
  firstVerifyMs: number;
  steadyP50Ms: number;
  steadyP99Ms: number;
  residentMb: number | undefined;
};

/** start: starts a new process. verify: sends one request. Times the first request separately. */
export async function lambdaTimes(
  start: () => Promise<LambdaFunction>,
  verify: (started: LambdaFunction) => Promise<unknown>,
  runs: number,
): Promise<LambdaTimes> {
  const started = await start();
  const timeOf = async () => {
    const begin = performance.now();
    await verify(started);
    return performance.now() - begin;
  };
  try {
    const firstVerifyMs = await timeOf();
    const times = new Float64Array(runs);
    for (let i = 0; i < runs; i++) times[i] = await timeOf();
    times.sort();
    return {
      initMs: started.initMs,
      firstVerifyMs,
      steadyP50Ms: percentile(times, 0.5),
      steadyP99Ms: percentile(times, 0.99),
      residentMb: await started.residentMb(),
    };
  } finally {
    await started.close();
  }
}
