import { readFile, rm, stat, writeFile } from "node:fs/promises";

/** What is in the partial file: `validator` is the server's mark of the version, `total` its length. */
export type Mark = { url: string; validator: string | undefined; total: number | undefined };

/** Undefined where there is none, or where it is of another address. */
export async function readMark(to: string, url: string): Promise<Mark | undefined> {
  try {
    const mark = JSON.parse(await readFile(`${to}.json`, "utf8")) as Mark;
    return mark.url === url ? mark : undefined;
  } catch {
    return undefined;
  }
}

export const writeMark = (to: string, mark: Mark) => writeFile(`${to}.json`, JSON.stringify(mark));

/** Removes the partial file and what is beside it. */
export async function discard(to: string): Promise<void> {
  await Promise.all([to, `${to}.json`].map((path) => rm(path, { force: true })));
}

/** 0 where there is no file. */
export const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );
