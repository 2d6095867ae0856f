/* The files of the container image, and a process in them, where no container engine runs. */
import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "../functions/process.ts";

/** The user of the image, as the Dockerfile names it. */
export const IMAGE_USER = 65_532;
const NODE = "app/node_modules/node/bin/node";

/** What the test needs and this machine lacks. Undefined: nothing */
export function missingForImage(): string | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "root on Linux";
  try {
    execFileSync("unshare", ["--mount", "--pid", "--fork", "true"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "namespaces (unshare)";
  }
}

/**
 * Builds the image's files in a folder: /app by the script that the Dockerfile runs, and in place
 * of the base image this machine's libraries.
 */
export function buildRootFilesystem(folder: string): string {
  const output = execFileSync(join(ROOT, "infra/image/stage.sh"), [join(folder, "app")], {
    encoding: "utf8",
  });
  const runtime = join(folder, "app/node_modules/onnxruntime-node/bin/napi-v6/linux", process.arch);
  const programs = [join(folder, NODE), ...readdirSync(runtime).map((name) => join(runtime, name))];
  for (const library of new Set(programs.flatMap(librariesOf))) {
    mkdirSync(join(folder, dirname(library)), { recursive: true });
    copyFileSync(library, join(folder, library));
  }
  for (const name of ["data", "dev", "proc", "tmp"]) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, "dev/null"), "");
  chownSync(join(folder, "data"), IMAGE_USER, IMAGE_USER);
  chmodSync(folder, 0o755);
  return output;
}

/** The libraries of the system that a program loads, with absolute paths. */
const librariesOf = (program: string): string[] =>
  execFileSync("ldd", [program], { encoding: "utf8" })
    .split("\n")
    .flatMap((line) => /(?:^|\s)(\/lib\S+) \(0x/.exec(line)?.[1] ?? []);

/** As compose.yaml starts it: everything is read-only except /data and /tmp. */
const START = `set -e
mount --bind "$0" "$0"
mount --bind "$0/data" "$0/data"
mount -t tmpfs tmpfs "$0/tmp"
mount -t proc proc "$0/proc"
mount --bind /dev/null "$0/dev/null"
mount -o remount,ro,bind "$0"
cd /
exec chroot --userspec=${IMAGE_USER}:${IMAGE_USER} "$0" "$@"`;

/** Starts a program of the image, which has no environment but the given one, as process 1. */
export function startInImage(folder: string, args: readonly string[], environment: Record<string, string>) {
  // Some users' PATH lacks the folder of chroot.
  const env = { PATH: `${process.env.PATH}:/usr/sbin:/sbin`, ...environment };
  const inside = ["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", START, folder, ...args];
  return spawn("unshare", inside, { env, stdio: ["ignore", "pipe", "pipe"] });
}

/** The user and the number of a process as it sees itself. */
export function identityOf(pid: number): { user: number; number: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const last = (field: string) => Number(new RegExp(`^${field}:.*\\s(\\d+)$`, "m").exec(status)?.[1]);
  return { user: last("Uid"), number: last("NSpid") };
}

/** The only child of a process. Undefined: it has none yet */
export const childOf = (pid: number): number | undefined =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim()) || undefined;
