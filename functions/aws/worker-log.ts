import { lambdaEnvironment } from "../../lib/adapters/aws/environment.ts";
import { directive, type Emf, withMetrics } from "../http/metrics/emf.ts";

/** An entry in a worker's log: IDs that this service makes and counts, no content. */
export type WorkerEntry = {
  /** One of a few names, such as `upload.enrolled`. Each is a metric. */
  event: string;
  message?: string;
  registry?: string;
  durationMs?: number;
  /** The number of voices that the registry's gallery compares. */
  voices?: number;
  error?: string;
};
export type WorkerLog = (entry: WorkerEntry) => void;

/**
 * Returns the log line of an entry. CloudWatch extracts metrics from it: Events and EventDuration
 * (ms) by Event, and GalleryVoices over all registries, so that its maximum is the largest gallery.
 *
 * time: of the line
 */
export function workerLine(
  entry: WorkerEntry,
  { namespace, time }: { namespace: string; time: Date },
): Emf<WorkerEntry & { time: string; Event: string; Events: number }> {
  const { event, durationMs, voices } = entry;
  const timed = durationMs === undefined ? {} : { EventDuration: durationMs };
  const sized = voices === undefined ? {} : { GalleryVoices: voices };
  const line = { time: time.toISOString(), ...entry, Event: event, Events: 1, ...timed, ...sized };
  return withMetrics(line, time.getTime(), [
    directive(namespace, { counts: ["Events"], durations: Object.keys(timed) }, ["Event"]),
    ...(voices === undefined ? [] : [directive(namespace, { counts: ["GalleryVoices"] })]),
  ]);
}

/** Writes a line to stdout for each entry. */
export function lambdaLog(env: NodeJS.ProcessEnv): WorkerLog {
  const { metrics } = lambdaEnvironment(env);
  return (entry) => {
    const line = workerLine(entry, { namespace: metrics, time: new Date() });
    process.stdout.write(`${JSON.stringify(line)}\n`);
  };
}
