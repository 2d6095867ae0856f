import { readdir, readFile, readlink } from "node:fs/promises";

/**
 * Returns the process that listens on a TCP port, as "process 1234 (node functions/local.ts)".
 * Returns undefined if the system doesn't provide it.
 */
export async function portHolder(port: number): Promise<string | undefined> {
  try {
    const inodes = await listeningInodes(port);
    for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name)))
      if (await holdsSocket(pid, inodes)) return `process ${pid} (${await commandOf(pid)})`;
  } catch {
    // Only Linux has /proc.
  }
  return undefined;
}

/**
 * Returns the inodes of the sockets that listen on this port, from the kernel's tables (proc(5)).
 */
async function listeningInodes(port: number): Promise<Set<string>> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const tables = await Promise.all(
    ["tcp", "tcp6"].map((name) => readFile(`/proc/net/${name}`, "utf8").catch(() => "")),
  );
  const rows = tables.flatMap((text) => text.split("\n")).map((line) => line.trim().split(/\s+/));
  const LISTEN = "0A";
  return new Set(
    rows.flatMap((row) => (row[1]?.endsWith(suffix) && row[3] === LISTEN ? [row[9] ?? ""] : [])),
  );
}

async function holdsSocket(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  const names = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const targets = names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => ""));
  return (await Promise.all(targets)).some((target) =>
    inodes.has(/^socket:\[(\d+)\]$/.exec(target)?.[1] ?? ""),
  );
}

async function commandOf(pid: string): Promise<string> {
  const words = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0").filter(Boolean);
  return words.join(" ").slice(0, 120) || "unknown command";
}
