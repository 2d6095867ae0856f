import { counting, type Emf, marked } from "./http/emf.ts";
import { lambdaEnvironment } from "./lambda-environment.ts";

/** What became of something that nobody waits for. Ids that this service makes, counts, and no content. */
export type WorkerEntry = {
  /** One of a few words, such as `upload.enrolled`: each is a metric. */
  event: string;
  message?: string;
  registry?: string;
  durationMs?: number;
  error?: string;
};
export type WorkerLog = (entry: WorkerEntry) => void;

/** The line of an entry, from which CloudWatch takes the metric Events by Event. time: of the line */
export function workerLine(
  entry: WorkerEntry,
  { namespace, time }: { namespace: string; time: Date },
): Emf<WorkerEntry & { time: string; Event: string; Events: number }> {
  const line = { time: time.toISOString(), ...entry, Event: entry.event, Events: 1 };
  return marked(line, time.getTime(), [counting(namespace, ["Events"], ["Event"])]);
}

/** A line on stdout for each entry. */
export function lambdaLog(env: NodeJS.ProcessEnv): WorkerLog {
  const { metrics } = lambdaEnvironment(env);
  return (entry) => {
    const line = workerLine(entry, { namespace: metrics, time: new Date() });
    process.stdout.write(`${JSON.stringify(line)}\n`);
  };
}
