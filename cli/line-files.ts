import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { type FileHandle, open, rename, rm, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { badInput, fileErrorReason } from "../lib/input-file.ts";
import { byteProgress } from "./progress.ts";

/** Writes lines to stdout and waits when its reader is slower. */
export async function linesToStdout(lines: AsyncIterable<string>): Promise<void> {
  for await (const line of lines) if (!process.stdout.write(`${line}\n`)) await once(process.stdout, "drain");
}

/** Writes a file that only its owner can read. It gets its name when all lines are on the disk. */
export async function linesToFile(lines: AsyncIterable<string>, path: string): Promise<void> {
  const partial = `${path}.${randomBytes(4).toString("hex")}.partial`;
  const file = await openFile(partial, "wx");
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

/** A file that can be read from the start more than once. */
export type RereadableFile = {
  chunks(label: string): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
};

/**
 * Opens a file that can be read more than once. `-` is stdin, which is first copied to a temporary
 * file. That file is already unlinked, so the data disappears with the process.
 */
export async function openRereadable(path: string): Promise<RereadableFile> {
  const file = path === "-" ? await spoolStdin() : await openFile(path, "r");
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

async function spoolStdin(): Promise<FileHandle> {
  if (process.stdin.isTTY)
    throw badInput("Nothing is piped in. Name a file, or pipe one: zcat FILE | voiceroll import -");
  const path = join(tmpdir(), `voiceroll-${randomBytes(8).toString("hex")}`);
  const file = await open(path, "wx+", 0o600);
  await unlink(path);
  await pipeline(process.stdin, async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) await file.write(chunk);
  });
  return file;
}

async function openFile(path: string, flags: "r" | "wx"): Promise<FileHandle> {
  try {
    const file = await open(path, flags, 0o600);
    if (!(await file.stat()).isDirectory()) return file;
    await file.close();
    throw Object.assign(new Error("a folder"), { code: "EISDIR" });
  } catch (error) {
    throw badInput(`Cannot ${flags === "r" ? "read" : "write"} ${path}: ${fileErrorReason(error)}.`);
  }
}
