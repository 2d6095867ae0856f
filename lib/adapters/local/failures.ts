import { AppError } from "../../error.ts";

/**
 * Primary result codes of a database that is busy, full, read-only or unreachable:
 * https://sqlite.org/rescode.html
 */
const SQLITE_CODES = new Set([5, 6, 8, 10, 13, 14]); // BUSY LOCKED READONLY IOERR FULL CANTOPEN
const FILE_CODES = new Set(["EACCES", "EDQUOT", "EIO", "EMFILE", "ENFILE", "ENOSPC", "EPERM", "EROFS"]);

/**
 * Runs database work. Failures of the machine become `storage-unavailable`. Other errors pass
 * through as defects.
 */
export function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw translated(error);
  }
}

export async function guardedFiles<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translated(error);
  }
}

function translated(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code, errcode } = error as Error & { code?: string; errcode?: number };
  const ofSqlite = code === "ERR_SQLITE_ERROR" && SQLITE_CODES.has((errcode ?? 0) & 0xff);
  if (!ofSqlite && !FILE_CODES.has(code ?? "")) return error;
  return new AppError(
    "storage-unavailable",
    "The store can't be read or written. Check the disk, its permissions and its free space.",
    { cause: error, retryAfterSeconds: 5 },
  );
}

export const isFileError = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;
