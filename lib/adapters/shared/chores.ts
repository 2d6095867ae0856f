import type { Chore, Chores } from "../../ports.ts";

/** In this process alone. `close` lets the chore that is under way end. */
export function processChores(): Chores & { close(): Promise<void> } {
  const noted = new Map<string, Chore>();
  const ending = new AbortController();
  let worker: Parameters<Chores["work"]>[0] | undefined;
  let running = Promise.resolve();
  let idle = true;

  async function run(): Promise<void> {
    for (const [name, chore] of noted) {
      if (!worker || ending.signal.aborted) break;
      // Taken off first: what is added while it runs may concern what it has passed already.
      noted.delete(name);
      await worker(chore, ending.signal);
    }
    idle = true;
  }

  function start(): void {
    if (!idle || !worker || noted.size === 0) return;
    idle = false;
    running = new Promise((done) => setImmediate(() => run().finally(done)));
  }

  return {
    async add(chore) {
      noted.set(JSON.stringify(chore), chore);
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
