import { readFile, rm, stat, writeFile } from "node:fs/promises";

/**
 * Describes a partial file. `validator`: the server's ETag or date of its version; `total`: the
 * full length.
 */
export type Mark = { url: string; validator: string | undefined; total: number | undefined };

/** Returns undefined if there is no mark, or if it belongs to another URL. */
export async function readMark(to: string, url: string): Promise<Mark | undefined> {
  try {
    const mark = JSON.parse(await readFile(`${to}.json`, "utf8")) as Mark;
    return mark.url === url ? mark : undefined;
  } catch {
    return undefined;
  }
}

export const writeMark = (to: string, mark: Mark) => writeFile(`${to}.json`, JSON.stringify(mark));

/** Deletes the partial file and its mark. */
export async function discard(to: string): Promise<void> {
  await Promise.all([to, `${to}.json`].map((path) => rm(path, { force: true })));
}

/** Returns 0 if the file doesn't exist. */
export const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );
