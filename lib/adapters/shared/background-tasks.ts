import type { BackgroundTask, BackgroundTasks } from "../../ports/background-task.ts";

/** A queue in this process. `close` waits for the running task. */
export function processBackgroundTasks(): BackgroundTasks & { close(): Promise<void> } {
  const queued = new Map<string, BackgroundTask>();
  const closing = new AbortController();
  let worker: Parameters<BackgroundTasks["work"]>[0] | undefined;
  let running = Promise.resolve();
  let idle = true;

  async function run(): Promise<void> {
    for (const [name, backgroundTask] of queued) {
      if (!worker || closing.signal.aborted) break;
      // Remove it first: the same task may be added while it runs, and has to run again then.
      queued.delete(name);
      await worker(backgroundTask, closing.signal);
    }
    idle = true;
  }

  function start(): void {
    if (!idle || !worker || queued.size === 0) return;
    idle = false;
    running = new Promise((done) => setImmediate(() => run().finally(done)));
  }

  return {
    async add(backgroundTask) {
      queued.set(JSON.stringify(backgroundTask), backgroundTask);
      start();
    },
    work(handler) {
      worker = handler;
      start();
    },
    async close() {
      closing.abort();
      await running;
    },
  };
}
