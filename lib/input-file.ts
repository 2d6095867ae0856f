import { readFile } from "node:fs/promises";
import { AppError } from "./error.ts";

export const badInput = (detail: string): AppError => new AppError("validation-failed", detail);

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

/** Runs an operation on one file; what is wrong with the sound then names it. */
export async function naming<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AppError) || !error.slug.startsWith("audio-")) throw error;
    throw new AppError(error.slug, `${path}: ${error.message}`, { cause: error });
  }
}
