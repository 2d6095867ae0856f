import { readFileSync, readlinkSync } from "node:fs";
import type { Workers } from "../shared/workers.ts";
import { isFileError } from "./failures.ts";

/** A process that has ended, and waits only for its parent. */
const ENDED_STATES = ["X", "Z"];

/**
 * Names this process by boot, PID namespace, PID and start time. The name of a process in another
 * container or on another machine says nothing, so such a process counts as running. Undefined on a
 * system without /proc.
 */
export function localWorkers(): Workers | undefined {
  const place = placeOfThisProcess();
  const start = place && statusOf(process.pid)?.start;
  if (place === undefined || start === undefined) return undefined;
  return {
    own: `${place} ${process.pid} ${start}`,
    hasEnded(name) {
      const [boot, namespace, pid, itsStart] = name.split(" ");
      if (`${boot} ${namespace}` !== place) return false;
      if (!exists(Number(pid))) return true;
      const status = statusOf(Number(pid));
      // The system uses the numbers of ended processes again.
      return status !== undefined && (status.start !== itsStart || ENDED_STATES.includes(status.state));
    },
  };
}

function placeOfThisProcess(): string | undefined {
  const boot = unlessUnreadable(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
  const namespace = unlessUnreadable(() => readlinkSync("/proc/self/ns/pid"));
  return boot && namespace ? `${boot} ${namespace}` : undefined;
}

/** Also true for a process of another user. */
function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return !isFileError(error, "ESRCH");
  }
}

/** start: in clock ticks since the boot. See proc(5). */
function statusOf(pid: number): { state: string; start: string } | undefined {
  const stat = unlessUnreadable(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  // The second field is the program's name in parentheses, which may contain spaces.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, start] = [fields?.[0], fields?.[19]];
  return state && start ? { state, start } : undefined;
}

function unlessUnreadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
