import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { type FileHandle, open, rename, rm, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { badInput } from "../lib/input-file.ts";
import { byteProgress } from "./progress.ts";

/** Waits where the reader is slower. */
export async function linesToStdout(lines: AsyncIterable<string>): Promise<void> {
  for await (const line of lines) if (!process.stdout.write(`${line}\n`)) await once(process.stdout, "drain");
}

/** For its owner alone; under its name only when it is whole and on the disk. */
export async function linesToFile(lines: AsyncIterable<string>, path: string): Promise<void> {
  const partial = `${path}.${randomBytes(4).toString("hex")}.partial`;
  const file = await opened(partial, "wx");
  try {
    for await (const line of lines) await file.write(`${line}\n`);
    await file.sync();
    await file.close();
    await rename(partial, path);
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(partial, { force: true });
    throw error;
  }
}

/** A file that can be read from its beginning as often as wanted. */
export type Rereadable = {
  chunks(label: string): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
};

/** `-`: stdin, which is kept meanwhile in a file without a name, so that nothing is left of it whatever happens. */
export async function rereadable(path: string): Promise<Rereadable> {
  const file = path === "-" ? await spooled() : await opened(path, "r");
  const { size } = await file.stat();
  return {
    async *chunks(label) {
      const bar = byteProgress(label);
      let done = 0;
      try {
        const options = { fd: file.fd, start: 0, autoClose: false, highWaterMark: 256 * 1024 };
        for await (const chunk of createReadStream("", options)) {
          done += (chunk as Buffer).length;
          bar.show(done, size);
          yield chunk as Buffer;
        }
      } finally {
        bar.end();
      }
    },
    close: () => file.close(),
  };
}

async function spooled(): Promise<FileHandle> {
  if (process.stdin.isTTY)
    throw badInput("Nothing is piped in; name a file, or: zcat FILE | voiceroll import -");
  const path = join(tmpdir(), `voiceroll-${randomBytes(8).toString("hex")}`);
  const file = await open(path, "wx+", 0o600);
  await unlink(path);
  await pipeline(process.stdin, async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) await file.write(chunk);
  });
  return file;
}

const REASONS: Record<string, string> = {
  ENOENT: "there is no such file or folder",
  EISDIR: "it is a folder, not a file",
  EACCES: "you may not",
};

async function opened(path: string, flags: "r" | "wx"): Promise<FileHandle> {
  try {
    const file = await open(path, flags, 0o600);
    if (!(await file.stat()).isDirectory()) return file;
    await file.close();
    throw Object.assign(new Error("a folder"), { code: "EISDIR" });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    throw badInput(`Cannot ${flags === "r" ? "read" : "write"} ${path}: ${REASONS[code] ?? code}.`);
  }
}
