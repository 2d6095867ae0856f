import { SingleBar } from "cli-progress";
import { remark } from "./print.ts";

/** A bar on a terminal, else a line at every tenth; on stderr, since stdout carries the answer. */
export function progress(label: string): { show(done: number, total: number): void; end(): void } {
  if (!process.stderr.isTTY) {
    let told = 0;
    return {
      show(done, total) {
        const tenth = Math.floor((10 * done) / total);
        if (tenth === told) return;
        told = tenth;
        remark(`${label}: ${done} of ${total} clips`);
      },
      end: () => undefined,
    };
  }
  const bar = new SingleBar({
    stream: process.stderr,
    format: `${label} {bar} {value}/{total} clips, {eta_formatted} left`,
  });
  let started = false;
  return {
    show(done, total) {
      if (!started) bar.start(total, 0);
      started = true;
      bar.update(done);
    },
    end: () => bar.stop(),
  };
}
