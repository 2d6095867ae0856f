import { sweepAll } from "../../lib/domain/maintenance/sweep.ts";
import { stopwatch } from "../../lib/stopwatch.ts";
import { lambdaServices } from "./lambda-services.ts";
import { lambdaLog } from "./worker-log.ts";

const services = await lambdaServices(process.env);
const log = lambdaLog(process.env);
/** Time before Lambda ends the invocation. The next day's run sweeps the rest. */
const MARGIN_MS = 30_000;

export async function handler(_event: unknown, context: { getRemainingTimeInMillis(): number }) {
  const signal = AbortSignal.timeout(Math.max(1, context.getRemainingTimeInMillis() - MARGIN_MS));
  const durationMs = stopwatch();
  const onErased = (receipt: object) => log({ event: "speaker.expired", message: JSON.stringify(receipt) });
  const swept = await sweepAll(services, { signal, onErased });
  log({ event: "swept", message: JSON.stringify(swept), durationMs: durationMs() });
  return swept;
}
