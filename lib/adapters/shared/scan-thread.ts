import { Worker } from "node:worker_threads";
import type { ScanThread } from "../../gallery/scans.ts";
import type { ScanTarget } from "../../score/search/int8-matrix.ts";
import { type FoundRows, type RowSearch, scanRows } from "../../score/search/int8-scan.ts";

export type ScanOrder = { id: number; target: ScanTarget; search: RowSearch };
export type ScanAnswer = { id: number; found: FoundRows };

/** A scan of so many rows takes 2 to 3 ms, in which no other request gets its turn. */
const FROM = 100_000;
/**
 * An idle thread ends, and with it the last references to galleries that this process has dropped.
 */
const IDLE_MS = 60_000;
/** Memory for young objects, MB: what a scan allocates is garbage at once. */
const YOUNG_MB = 2;
const SCRIPT = new URL("./scan-worker.ts", import.meta.url);

type Pending = Omit<ScanOrder, "id"> & {
  resolve(found: FoundRows): void;
  reject(error: unknown): void;
};

/**
 * Returns what scans large galleries in a thread of its own, one scan after the other, so that
 * other requests don't wait for them. The thread starts with the first scan. If it ends
 * unexpectedly, its scans are done here instead, and the next one starts another thread.
 *
 * from, idleMs: by default, what a server needs
 */
export function scanThread({ from = FROM, idleMs = IDLE_MS, script = SCRIPT } = {}): ScanThread & {
  /** Ends the thread. Scans that are not done, and later ones, are done here. */
  close(): Promise<void>;
} {
  const pending = new Map<number, Pending>();
  let worker: Worker | undefined;
  let ids = 0;
  let closed = false;
  let idle: NodeJS.Timeout | undefined;

  /** Ends an idle thread after a while. The process can end before that. */
  const rest = () => {
    worker?.unref();
    clearTimeout(idle);
    idle = setTimeout(() => worker?.terminate(), idleMs).unref();
  };
  const start = () => {
    const started = new Worker(script, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } });
    started.on("message", ({ id, found }: ScanAnswer) => {
      const one = pending.get(id);
      pending.delete(id);
      if (pending.size === 0) rest();
      one?.resolve(found);
    });
    // It has ended or can't start. "exit" follows.
    started.on("error", () => {});
    started.on("exit", () => {
      worker = undefined;
      const left = [...pending.values()];
      pending.clear();
      for (const one of left) scanHere(one);
    });
    return started;
  };

  return {
    from,
    scan: (target, search) =>
      new Promise((resolve, reject) => {
        const one = { target, search, resolve, reject };
        if (closed) return scanHere(one);
        worker ??= start();
        worker.ref();
        clearTimeout(idle);
        const id = ids++;
        pending.set(id, one);
        worker.postMessage({ id, target, search } satisfies ScanOrder);
      }),
    async close() {
      closed = true;
      clearTimeout(idle);
      await worker?.terminate();
    },
  };
}

function scanHere({ target, search, resolve, reject }: Pending): void {
  try {
    resolve(scanRows(target, search));
  } catch (error) {
    reject(error);
  }
}
