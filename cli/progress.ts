import { SingleBar } from "cli-progress";
import { warn } from "./print.ts";

export type Progress = { show(done: number, total: number | undefined): void; end(): void };

const MEGABYTE = 1e6;

export const progress = (label: string, unit = "clips"): Progress => progressOf(label, unit);

/** Of a download. */
export function byteProgress(label: string): Progress {
  const { show, end } = progressOf(label, "MB");
  const megabytes = (bytes: number) => Math.round(bytes / MEGABYTE);
  let shown = -1;
  return {
    show(done, total) {
      // Every packet would tell the bar's clock that nothing moves.
      if (megabytes(done) === shown) return;
      shown = megabytes(done);
      show(shown, total && megabytes(total));
    },
    end,
  };
}

/** A bar on a terminal, else a line at every tenth; on stderr, since stdout carries the answer. */
function progressOf(label: string, unit: string): Progress {
  if (!process.stderr.isTTY) {
    let told = 0;
    return {
      show(done, total) {
        if (!total) return;
        const tenth = Math.floor((10 * done) / total);
        if (tenth === told) return;
        told = tenth;
        warn(`${label}: ${done} of ${total} ${unit}`);
      },
      end: () => undefined,
    };
  }
  const bar = new SingleBar({
    stream: process.stderr,
    format: `${label} {bar} {value}/{total} ${unit}, {eta_formatted} left`,
  });
  let started = false;
  return {
    show(done, total) {
      // Without a known length the bar is full from the start, and its number grows.
      if (!started) bar.start(total ?? done, 0);
      started = true;
      if (total === undefined) bar.setTotal(done);
      bar.update(done);
    },
    end: () => bar.stop(),
  };
}
