import { appendFile, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { readInput } from "../input-file.ts";
import { sha256Of } from "../sha256.ts";

export type ClipHashes = {
  /** Returns the SHA-256 of a file, without reading it if it hasn't changed since the last time. */
  hashOf(path: string): Promise<string>;
};

/**
 * Opens the index of SHA-256 digests of the files that a cache has seen. A file counts as unchanged
 * if its size, its inode and both its times are the same: `touch` and `cp -p` change the second.
 *
 * folder  where the index is kept. Several processes can add to it: each line is one file, and the
 *         last one for a path counts. A line that can't be read is ignored
 */
export async function clipHashes(folder: string): Promise<ClipHashes> {
  const index = join(folder, "clip-hashes.jsonl");
  const known = await readIndex(index);
  return {
    async hashOf(path) {
      const stamp = await stampOf(path);
      const seen = known.get(path);
      if (seen && seen.stamp === stamp) return seen.sha256;
      const sha256 = sha256Of(await readInput(path));
      // Not if the file changed while it was read.
      if (stamp !== undefined && stamp === (await stampOf(path))) {
        known.set(path, { stamp, sha256 });
        await appendFile(index, `${JSON.stringify([path, stamp, sha256])}\n`);
      }
      return sha256;
    },
  };
}

/** Undefined if there is no such file: reading it then says so. */
const stampOf = (path: string): Promise<string | undefined> =>
  stat(path, { bigint: true })
    .then(({ size, ino, mtimeNs, ctimeNs }) => [size, ino, mtimeNs, ctimeNs].join(" "))
    .catch(() => undefined);

type Seen = { stamp: string; sha256: string };

const Line = z.tuple([z.string(), z.string(), z.string().regex(/^[0-9a-f]{64}$/)]);

async function readIndex(index: string): Promise<Map<string, Seen>> {
  const lines = (await readFile(index, "utf8").catch(() => "")).split("\n");
  return new Map(lines.flatMap(readLine));
}

function readLine(line: string): [string, Seen][] {
  try {
    const [path, stamp, sha256] = Line.parse(JSON.parse(line));
    return [[path, { stamp, sha256 }]];
  } catch {
    return [];
  }
}
