import { Worker } from "node:worker_threads";
import type { ScanThread } from "../../gallery/scans.ts";
import type { ScanTarget } from "../../score/search/int8-matrix.ts";
import { type FoundRows, type RowSearch, scanRows } from "../../score/search/int8-scan.ts";

export type ScanOrder = { id: number; target: ScanTarget; search: RowSearch };
export type ScanAnswer = { id: number; found: FoundRows };

/** A scan of so many rows takes 2 to 3 ms, in which no other request gets its turn. */
const FROM = 100_000;
/**
 * How long a thread lives. It keeps galleries in memory that this process has dropped until its
 * collector runs, which may be never.
 */
const LIFE_MS = 5 * 60_000;
/** Memory for young objects, MB: what a scan allocates is garbage at once. */
const YOUNG_MB = 2;
const SCRIPT = new URL("./scan-worker.ts", import.meta.url);

type Pending = Omit<ScanOrder, "id"> & {
  resolve(found: FoundRows): void;
  reject(error: unknown): void;
};

/**
 * Returns what scans large galleries in a thread of its own, one scan after the other, so that
 * other requests don't wait for them. A scan starts the thread if there is none. If it ends
 * unexpectedly, its scans are done here instead.
 *
 * from, lifeMs: by default, what a server needs
 */
export function scanThread({ from = FROM, lifeMs = LIFE_MS, script = SCRIPT } = {}): ScanThread & {
  /** Ends the thread. Scans that are not done, and later ones, are done here. */
  close(): Promise<void>;
} {
  let current: ReturnType<typeof startThread> | undefined;
  let ids = 0;
  let closed = false;

  const start = () => {
    const started = startThread(script, lifeMs, () => {
      if (current === started) current = undefined;
    });
    return started;
  };

  return {
    from,
    scan: (target, search) =>
      new Promise((resolve, reject) => {
        const one = { target, search, resolve, reject };
        if (closed) return scanHere(one);
        current ??= start();
        current.post(ids++, one);
      }),
    async close() {
      closed = true;
      await current?.end();
    },
  };
}

/** ending: called when the thread takes no more scans */
function startThread(script: URL, lifeMs: number, ending: () => void) {
  const pending = new Map<number, Pending>();
  const worker = new Worker(script, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } });
  let isOld = false;
  const end = async () => {
    ending();
    clearTimeout(life);
    await worker.terminate();
  };
  /** The process can end while the thread has nothing to do. */
  const rest = () => {
    worker.unref();
    if (isOld) end();
  };
  const life = setTimeout(() => {
    isOld = true;
    if (pending.size === 0) end();
  }, lifeMs).unref();
  worker.on("message", ({ id, found }: ScanAnswer) => {
    const one = pending.get(id);
    pending.delete(id);
    if (pending.size === 0) rest();
    one?.resolve(found);
  });
  // It has ended or can't start. "exit" follows.
  worker.on("error", () => {});
  worker.on("exit", () => {
    ending();
    clearTimeout(life);
    for (const one of pending.values()) scanHere(one);
    pending.clear();
  });
  return {
    post(id: number, one: Pending) {
      worker.ref();
      pending.set(id, one);
      worker.postMessage({ id, target: one.target, search: one.search } satisfies ScanOrder);
    },
    end,
  };
}

function scanHere({ target, search, resolve, reject }: Pending): void {
  try {
    resolve(scanRows(target, search));
  } catch (error) {
    reject(error);
  }
}
