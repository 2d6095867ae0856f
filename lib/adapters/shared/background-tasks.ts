import type { BackgroundTask, BackgroundTasks } from "../../ports/background-task.ts";

/** In this process alone. `close` lets the chore that is under way end. */
export function processBackgroundTasks(): BackgroundTasks & { close(): Promise<void> } {
  const noted = new Map<string, BackgroundTask>();
  const ending = new AbortController();
  let worker: Parameters<BackgroundTasks["work"]>[0] | undefined;
  let running = Promise.resolve();
  let idle = true;

  async function run(): Promise<void> {
    for (const [name, backgroundTask] of noted) {
      if (!worker || ending.signal.aborted) break;
      // Taken off first: what is added while it runs may concern what it has passed already.
      noted.delete(name);
      await worker(backgroundTask, ending.signal);
    }
    idle = true;
  }

  function start(): void {
    if (!idle || !worker || noted.size === 0) return;
    idle = false;
    running = new Promise((done) => setImmediate(() => run().finally(done)));
  }

  return {
    async add(backgroundTask) {
      noted.set(JSON.stringify(backgroundTask), backgroundTask);
      start();
    },
    work(handler) {
      worker = handler;
      start();
    },
    async close() {
      ending.abort();
      await running;
    },
  };
}
