import { chmod, readdir, stat, utimes } from "node:fs/promises";
import { join, relative } from "node:path";

type SizedFile = { path: string; bytes: number };

const MB = 1e6;
/** The earliest time that a zip file can represent. */
const SEALED_AT = new Date("1980-01-01T00:00:00Z");

/** Returns every file below a folder, with paths relative to it, sorted by path. */
export async function filesIn(folder: string): Promise<SizedFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  const files = await Promise.all(
    paths.map(async (path) => ({ path: relative(folder, path), bytes: (await stat(path)).size })),
  );
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Gives all files the same time and mode, so that zipping the same files gives the same bytes. */
export async function sealFiles(folder: string): Promise<void> {
  for (const { path } of await filesIn(folder)) {
    await chmod(join(folder, path), 0o644);
    await utimes(join(folder, path), SEALED_AT, SEALED_AT);
  }
}

/**
 * Returns lines such as "25.1 MB  node_modules/onnxruntime-node/...": the `most` largest files,
 * then the total.
 */
export function sizeLines(files: readonly SizedFile[], most = 6): string[] {
  const heaviest = files.toSorted((a, b) => b.bytes - a.bytes).slice(0, most);
  const line = (bytes: number, what: string) => `${(bytes / MB).toFixed(1).padStart(6)} MB  ${what}`;
  return [
    ...heaviest.map(({ path, bytes }) => line(bytes, path)),
    line(totalBytes(files), "total, unzipped"),
  ];
}

const totalBytes = (files: readonly SizedFile[]): number => files.reduce((sum, { bytes }) => sum + bytes, 0);

/**
 * Throws if the files exceed `maxMb` megabytes (10^6 bytes) in total. The message lists the largest
 * files.
 */
export function checkSize(files: readonly SizedFile[], maxMb: number): void {
  if (totalBytes(files) <= maxMb * MB) return;
  throw new Error(
    [
      `The function's folder exceeds ${maxMb} MB unzipped. Remove or shrink the largest files:`,
      ...sizeLines(files),
    ].join("\n"),
  );
}
