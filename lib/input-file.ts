import { open, readFile } from "node:fs/promises";
import { AppError } from "./error.ts";

export const badInput = (detail: string): AppError => new AppError("validation-failed", detail);

const REASONS: Record<string, string> = {
  EEXIST: "it exists",
  ENOENT: "there is no such file or folder",
  EISDIR: "it is a folder",
  EACCES: "permission denied",
};

/** Explains a failed file operation in a few words; the system's error code if it is a rare one. */
export function fileErrorReason(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return REASONS[code] ?? code;
}

/** Reads a file that the caller named. Rejects with `validation-failed` if it can't be read. */
export async function readInput(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw badInput(`Cannot read ${path}: ${fileErrorReason(error)}.`);
  }
}

/** Rejects with `validation-failed` if a file that the caller named can't be opened as one. */
export async function requireInput(path: string): Promise<void> {
  try {
    const file = await open(path);
    await file.read(Buffer.alloc(1)).finally(() => file.close());
  } catch (error) {
    throw badInput(`Cannot read ${path}: ${fileErrorReason(error)}.`);
  }
}

/** Runs `work` on one clip. An audio error then starts with the clip's label. */
export async function labelAudioErrors<Result>(label: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AppError) || !/^(audio|segment)-/.test(error.slug)) throw error;
    throw new AppError(error.slug, `${label}: ${error.message}`, { cause: error });
  }
}
