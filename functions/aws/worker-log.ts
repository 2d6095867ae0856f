import { lambdaEnvironment } from "../../lib/adapters/aws/environment.ts";
import { type Emf, marked, measuring } from "../http/metrics/emf.ts";

/** What became of something that nobody waits for. Ids that this service makes, counts, and no content. */
export type WorkerEntry = {
  /** One of a few words, such as `upload.enrolled`: each is a metric. */
  event: string;
  message?: string;
  registry?: string;
  durationMs?: number;
  /** Compared in the registry's gallery, as its builder found. */
  voices?: number;
  error?: string;
};
export type WorkerLog = (entry: WorkerEntry) => void;

/**
 * The line of an entry, from which CloudWatch takes metrics: Events, and EventDuration (ms) where it is known, by Event;
 * GalleryVoices over all registries, so that its maximum is the largest. time: of the line
 */
export function workerLine(
  entry: WorkerEntry,
  { namespace, time }: { namespace: string; time: Date },
): Emf<WorkerEntry & { time: string; Event: string; Events: number }> {
  const { event, durationMs, voices } = entry;
  const timed = durationMs === undefined ? {} : { EventDuration: durationMs };
  const sized = voices === undefined ? {} : { GalleryVoices: voices };
  const line = { time: time.toISOString(), ...entry, Event: event, Events: 1, ...timed, ...sized };
  return marked(line, time.getTime(), [
    measuring(namespace, { counts: ["Events"], durations: Object.keys(timed) }, ["Event"]),
    ...(voices === undefined ? [] : [measuring(namespace, { counts: ["GalleryVoices"] })]),
  ]);
}

/** A line on stdout for each entry. */
export function lambdaLog(env: NodeJS.ProcessEnv): WorkerLog {
  const { metrics } = lambdaEnvironment(env);
  return (entry) => {
    const line = workerLine(entry, { namespace: metrics, time: new Date() });
    process.stdout.write(`${JSON.stringify(line)}\n`);
  };
}
