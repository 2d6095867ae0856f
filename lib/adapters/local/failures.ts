import { AppError } from "../../error.ts";

/** SQLITE_BUSY, a primary result code. */
const BUSY = 5;
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

/** Whether another process or connection holds a lock on the database. */
export function isBusy(error: unknown): boolean {
  return sqliteCode(error) === BUSY;
}

/** Returns the primary result code of an error of SQLite. */
function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, errcode } = error as Error & { code?: string; errcode?: number };
  return code === "ERR_SQLITE_ERROR" ? (errcode ?? 0) & 0xff : undefined;
}

export function translated(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code } = error as Error & { code?: string };
  if (isBusy(error)) {
    return new AppError(
      "storage-unavailable",
      "Another process keeps the database locked. Try again, and look for a backup or a tool that has it open.",
      { cause: error, retryAfterSeconds: 5 },
    );
  }
  if (!SQLITE_CODES.has(sqliteCode(error) ?? 0) && !FILE_CODES.has(code ?? "")) return error;
  return new AppError(
    "storage-unavailable",
    "The store can't be read or written. Check the disk, its permissions and its free space.",
    { cause: error, retryAfterSeconds: 5 },
  );
}

export const isFileError = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;
