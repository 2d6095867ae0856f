import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { isFileError } from "./failures.ts";

/** Makes the names in a folder durable. Syncing a file doesn't sync its folder. */
export async function syncFolder(path: string): Promise<void> {
  await withFile(path, "r", (folder) => folder.sync());
}

/** A file's content, as a whole or in chunks as they arrive. */
export type Content = Uint8Array | AsyncIterable<Uint8Array>;

export async function writeDurably(path: string, flags: string, content: Content): Promise<void> {
  await withFile(path, flags, async (file) => {
    await file.writeFile(content);
    await file.sync();
  });
}

/** Creates the folder and its parents, and makes each durable. */
export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

export async function unlessAbsent<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isFileError(error, "ENOENT")) return undefined;
    throw error;
  }
}

async function withFile(
  path: string,
  flags: string,
  use: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const file = await open(path, flags, 0o600);
  try {
    await use(file);
  } finally {
    await file.close();
  }
}
