import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { S3Client } from "@aws-sdk/client-s3";
import type { FileCopy } from "../../ports/upload.ts";
import { readObject } from "./blobs.ts";

/** Each part is a call of its own, so the time limits of calls hold for objects of any size. */
const PART = 8 * 1024 * 1024;
const STALE_MS = 3_600_000;

/** Whether the object is the one that was asked for, by its version and ETag. */
type IsWanted = (found: { version: string | undefined; etag: string }) => boolean;

/**
 * Copies an object to the temporary disk part by part. Resolves to undefined if the object is
 * absent, isn't wanted or was replaced meanwhile.
 *
 * now  for deleting copies of killed processes, which are an hour old
 */
export async function localCopy(
  client: S3Client,
  which: { Bucket: string; Key: string },
  isWanted: IsWanted,
  now: Date,
): Promise<FileCopy | undefined> {
  const folder = join(tmpdir(), "voiceroll-uploads");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await removeStale(folder, now);
  const path = join(folder, randomUUID());
  const remove = () => rm(path, { force: true });
  try {
    const sha256 = await download(client, which, isWanted, path);
    if (sha256) return { path, sha256, remove };
  } catch (error) {
    await remove();
    throw error;
  }
  await remove();
  return undefined;
}

/** Returns the sha256, or undefined as `localCopy` does. */
async function download(
  client: S3Client,
  which: { Bucket: string; Key: string },
  isWanted: IsWanted,
  path: string,
): Promise<string | undefined> {
  const file = await open(path, "wx", 0o600);
  const hash = createHash("sha256");
  try {
    let etag: string | undefined;
    for (let at = 0; ; at += PART) {
      const found = await readObject(client, {
        ...which,
        Range: `bytes=${at}-${at + PART - 1}`,
        ...(etag ? { IfMatch: etag } : {}),
      });
      if (!found || !isWanted(found)) return undefined;
      etag = found.etag;
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
