import { chmod, readdir, stat, utimes } from "node:fs/promises";
import { join, relative } from "node:path";

export type SizedFile = { path: string; bytes: number };

const MB = 1e6;
/** The first moment that a zip file can state. */
const SEALED_AT = new Date("1980-01-01T00:00:00Z");

/** Every file below a folder, paths from there with `/`, in order of path. */
export async function filesIn(folder: string): Promise<SizedFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  const files = await Promise.all(
    paths.map(async (path) => ({ path: relative(folder, path), bytes: (await stat(path)).size })),
  );
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** One time and one mode for all, so that a zip of the same files has the same bytes. */
export async function sealFiles(folder: string): Promise<void> {
  for (const { path } of await filesIn(folder)) {
    await chmod(join(folder, path), 0o644);
    await utimes(join(folder, path), SEALED_AT, SEALED_AT);
  }
}

/** "25.1 MB  node_modules/onnxruntime-node/...": the heaviest `most`, then all together. */
export function sizeLines(files: readonly SizedFile[], most = 6): string[] {
  const heaviest = files.toSorted((a, b) => b.bytes - a.bytes).slice(0, most);
  const line = (bytes: number, what: string) => `${(bytes / MB).toFixed(1).padStart(6)} MB  ${what}`;
  return [
    ...heaviest.map(({ path, bytes }) => line(bytes, path)),
    line(totalBytes(files), "in all, unzipped"),
  ];
}

const totalBytes = (files: readonly SizedFile[]): number => files.reduce((sum, { bytes }) => sum + bytes, 0);

/** Throws where the files have more than `maxMb` (10^6 bytes each) together; the message says which are heavy. */
export function checkSize(files: readonly SizedFile[], maxMb: number): void {
  if (totalBytes(files) <= maxMb * MB) return;
  throw new Error(
    `The function's folder has more than ${maxMb} MB unzipped. Leave out or shrink what is heavy:\n${sizeLines(files).join("\n")}`,
  );
}
