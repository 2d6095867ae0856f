import type { ScanTarget } from "../score/search/int8-matrix.ts";
import type { FoundRows, RowSearch } from "../score/search/int8-scan.ts";

/**
 * Scans rows in another thread, which shares their memory.
 *
 * from: the number of rows from which that pays. scan: has the same result as `scanRows`
 */
export type ScanThread = {
  from: number;
  scan(target: ScanTarget, search: RowSearch): Promise<FoundRows>;
};

/**
 * The scans of an index that run in another thread. The index must not change meanwhile: a
 * half-written row could raise the floor, and then others would be missed.
 */
export type Scans = {
  readonly areRunning: boolean;
  /** Resolves when no scan runs. Others may have started when the caller continues. */
  end(): Promise<void>;
  /** Counts as a scan until `work` is done. */
  during<T>(work: () => Promise<T>): Promise<T>;
};

export function scansOf(): Scans {
  let running = 0;
  let waiting: (() => void)[] = [];
  return {
    get areRunning() {
      return running > 0;
    },
    async end() {
      if (running > 0) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    async during(work) {
      running += 1;
      try {
        return await work();
      } finally {
        running -= 1;
        if (running === 0) {
          for (const resolve of waiting) resolve();
          waiting = [];
        }
      }
    },
  };
}
