import { readFile } from "node:fs/promises";
import type { ClipInput } from "../lib/audio/types.ts";
import { AppError } from "../lib/error.ts";
import type { Embedder } from "../lib/ports/model.ts";
import { badInput } from "./exit.ts";

/** What the operating system calls it, and what to tell a person. */
const REASONS: Record<string, string> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder, not a file",
  EACCES: "you may not read it",
};

export async function readInput(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    throw badInput(`Cannot read ${path}: ${REASONS[code] ?? code}.`);
  }
}

export async function readClip(path: string, channel: number | undefined): Promise<ClipInput> {
  return { bytes: await readInput(path), channel };
}

/** The same embedder; what it finds wrong with a clip's sound begins with the clip's file. */
export function namingFiles(
  { model, embed, check, close }: Embedder,
  names: ReadonlyMap<ClipInput, string>,
): Embedder {
  const byName: Embedder["embed"] = (clip, options) =>
    naming(names.get(clip) ?? "clip", () => embed(clip, options));
  return { model, embed: byName, check, close };
}

/** Runs an operation on one file; what is wrong with the sound then names it. */
export async function naming<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AppError) || !error.slug.startsWith("audio-")) throw error;
    throw new AppError(error.slug, `${path}: ${error.message}`, { cause: error });
  }
}
