/* The files of the container image, and a process in them, where no container engine runs. */
import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
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
  const output = stage(folder);
  const runtime = join(folder, "app/node_modules/onnxruntime-node/bin/napi-v6/linux", process.arch);
  const programs = [join(folder, NODE), ...readdirSync(runtime).map((name) => join(runtime, name))];
  for (const library of new Set(programs.flatMap(librariesOf))) {
    mkdirSync(join(folder, dirname(library)), { recursive: true });
    copyFileSync(library, join(folder, library));
  }
  makeFolders(folder);
  return output;
}

/** Runs programs of arm64 machines. It needs no other file. */
const EMULATOR = "/usr/bin/qemu-aarch64-static";
/** Where Debian's packages for cross compilers have the libraries. */
const ARM64_LIBRARIES = "/usr/aarch64-linux-gnu/lib";
/** The start of a command that runs Node in the image for arm64. */
export const ARM64_NODE = ["/emulator", `/${NODE}`];

/** What the test of the image for arm64 needs and this machine lacks. Undefined: nothing */
export function missingForArm64(): string | undefined {
  const needed = [EMULATOR, ...["libc.so.6", "libstdc++.so.6"].map((name) => join(ARM64_LIBRARIES, name))];
  const packages = "the packages qemu-user-static, libc6-arm64-cross and libstdc++6-arm64-cross";
  return needed.every((path) => existsSync(path)) ? missingForImage() : packages;
}

/** Builds the image's files for arm64, with an emulator of such a machine. */
export function buildArm64RootFilesystem(folder: string): void {
  stage(folder, "arm64");
  const libraries = join(folder, "lib/aarch64-linux-gnu");
  mkdirSync(libraries, { recursive: true });
  const names = readdirSync(ARM64_LIBRARIES).filter((name) => name.includes(".so"));
  for (const name of names) copyFileSync(join(ARM64_LIBRARIES, name), join(libraries, name));
  const loader = "ld-linux-aarch64.so.1";
  copyFileSync(join(libraries, loader), join(folder, "lib", loader));
  copyFileSync(EMULATOR, join(folder, "emulator"));
  makeFolders(folder);
}

const stage = (folder: string, ...architecture: readonly string[]): string =>
  execFileSync(join(ROOT, "infra/image/stage.sh"), [join(folder, "app"), ...architecture], {
    encoding: "utf8",
  });

function makeFolders(folder: string): void {
  for (const name of ["data", "dev", "proc", "tmp"]) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, "dev/null"), "");
  chownSync(join(folder, "data"), IMAGE_USER, IMAGE_USER);
  chmodSync(folder, 0o755);
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
