import type { BackgroundTask, BackgroundTasks } from "../../ports/background-task.ts";

/** Deliveries wait for other servers, so several run at a time, and none behind a long job. */
const DELIVERIES_AT_A_TIME = 4;

type Worker = Parameters<BackgroundTasks["work"]>[0];
type Handler = { worker: Worker; failed: (error: unknown) => void };

/** A queue in this process. `close` waits for the running tasks. */
export function processBackgroundTasks(): BackgroundTasks & { close(): Promise<void> } {
  const closing = new AbortController();
  const work = lane(1, closing.signal);
  const deliveries = lane(DELIVERIES_AT_A_TIME, closing.signal);
  const lanes = [work, deliveries];
  const delayed = new Map<string, NodeJS.Timeout>();
  const laneOf = ({ kind }: BackgroundTask) => (kind === "deliver-event" ? deliveries : work);

  return {
    async add(backgroundTask, { delaySeconds = 0 } = {}) {
      if (delaySeconds === 0) return laneOf(backgroundTask).add(backgroundTask);
      const name = JSON.stringify(backgroundTask);
      clearTimeout(delayed.get(name));
      const run = () => {
        delayed.delete(name);
        laneOf(backgroundTask).add(backgroundTask);
      };
      delayed.set(name, setTimeout(run, delaySeconds * 1000).unref());
    },
    work(worker, failed = () => undefined) {
      for (const one of lanes) one.work({ worker, failed });
    },
    waiting: () => work.waiting() + deliveries.waiting(),
    async close() {
      closing.abort();
      for (const timer of delayed.values()) clearTimeout(timer);
      await Promise.all(lanes.map((one) => one.idle()));
    },
  };
}

/**
 * Runs tasks in order, at most `most` at a time. A task waits once, however often it is added.
 */
function lane(most: number, signal: AbortSignal) {
  const queued = new Map<string, BackgroundTask>();
  const running = new Set<Promise<void>>();
  let handler: Handler | undefined;

  async function run({ worker, failed }: Handler): Promise<void> {
    for (const [name, backgroundTask] of queued) {
      if (signal.aborted) return;
      // Remove it first: the same task may be added while it runs, and has to run again then.
      queued.delete(name);
      await worker(backgroundTask, signal).catch(failed);
    }
  }

  function start(): void {
    if (!handler || signal.aborted || queued.size === 0 || running.size >= most) return;
    const own = handler;
    const ended: Promise<void> = new Promise((done) =>
      setImmediate(() =>
        run(own).finally(() => {
          running.delete(ended);
          start();
          done();
        }),
      ),
    );
    running.add(ended);
  }

  return {
    add(backgroundTask: BackgroundTask): void {
      queued.set(JSON.stringify(backgroundTask), backgroundTask);
      start();
    },
    work(given: Handler): void {
      handler = given;
      for (let i = 0; i < most; i++) start();
    },
    waiting: () => queued.size,
    idle: () => Promise.all(running),
  };
}
