import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FileCopy } from "../../ports/upload.ts";

/** Each part is a call of its own, so the time limits of calls hold for files of any size. */
const PART = 8 * 1024 * 1024;
const STALE_MS = 3_600_000;

/** Reads bytes from..to, without `to`. Resolves to undefined if it isn't the file to copy. */
type ReadPart = (from: number, to: number) => Promise<{ bytes: Uint8Array; size: number } | undefined>;

/**
 * Copies a file to the temporary disk part by part. Resolves to undefined if a part does.
 *
 * now  for deleting copies of killed processes, which are an hour old
 */
export async function localCopy(readPart: ReadPart, now: Date): Promise<FileCopy | undefined> {
  const folder = join(tmpdir(), "voiceroll-uploads");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await removeStale(folder, now);
  const path = join(folder, randomUUID());
  const remove = () => rm(path, { force: true });
  try {
    const sha256 = await download(readPart, path);
    if (sha256) return { path, sha256, remove };
  } catch (error) {
    await remove();
    throw error;
  }
  await remove();
  return undefined;
}

/** Returns the sha256, or undefined as `localCopy` does. */
async function download(readPart: ReadPart, path: string): Promise<string | undefined> {
  const file = await open(path, "wx", 0o600);
  const hash = createHash("sha256");
  try {
    for (let at = 0; ; at += PART) {
      const found = await readPart(at, at + PART);
      if (!found) return undefined;
      hash.update(found.bytes);
      await file.writeFile(found.bytes);
      if (at + found.bytes.length >= found.size) return hash.digest("hex");
    }
  } finally {
    await file.close();
  }
}

async function removeStale(folder: string, now: Date): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found && now.getTime() - found.mtimeMs > STALE_MS) await rm(path, { force: true });
  }
}
