import { readFile, rm, stat, writeFile } from "node:fs/promises";
import * as z from "zod";

/**
 * Describes a partial file. `validator`: the server's ETag or date of its version; `total`: the
 * full length.
 */
const Mark = z.object({
  url: z.string(),
  validator: z.string().optional(),
  total: z.number().optional(),
});
export type Mark = z.infer<typeof Mark>;

/** Returns undefined if there is no mark, or if it belongs to another URL. */
export async function readMark(to: string, url: string): Promise<Mark | undefined> {
  try {
    const mark = Mark.parse(JSON.parse(await readFile(`${to}.json`, "utf8")));
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
