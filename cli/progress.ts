import { SingleBar } from "cli-progress";
import { warn } from "./print.ts";
import { t } from "./text/language.ts";

type Progress = { show(done: number, total: number | undefined): void; end(): void };

const MEGABYTE = 1e6;

export const progress = (label: string, unit = t`clips`): Progress => progressOf(label, unit);

/** Shows the progress of a download or a file in megabytes. `total` may be unknown. */
export function byteProgress(label: string): Progress {
  const { show, end } = progressOf(label, "MB");
  const megabytes = (bytes: number) => Math.round(bytes / MEGABYTE);
  let shown: number | undefined;
  return {
    show(done, total) {
      // The bar estimates its speed from updates. One per packet would make it look stalled.
      const value = megabytes(done);
      if (value === shown) return;
      shown = value;
      show(value, total && megabytes(total));
    },
    end,
  };
}

/** Shows a bar on a terminal, or else prints a line at every tenth. Both go to stderr. */
function progressOf(label: string, unit: string): Progress {
  if (!process.stderr.isTTY) {
    let printedTenths = 0;
    return {
      show(done, total) {
        if (!total) return;
        const tenths = Math.floor((10 * done) / total);
        if (tenths === printedTenths) return;
        printedTenths = tenths;
        warn(t`${label}: ${done} of ${total} ${unit}`);
      },
      end: () => undefined,
    };
  }
  const bar = new SingleBar({
    stream: process.stderr,
    format: `${label} {bar} {value}/{total} ${unit}, ${t`${"{eta_formatted}"} left`}`,
  });
  let started = false;
  return {
    show(done, total) {
      // With an unknown total the bar is always full, and only its number grows.
      if (!started) bar.start(total ?? done, 0);
      started = true;
      if (total === undefined) bar.setTotal(done);
      bar.update(done);
    },
    end: () => bar.stop(),
  };
}
