import { statSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { DATABASE_FILE } from "./sqlite.ts";

/** Erased data stays in the log for at most this long, plus the time for which readers hold it. */
const INTERVAL_MS = 15_000;

/**
 * Empties the write-ahead log regularly, and returns a function that stops this.
 *
 * SQLite copies the log into the database but never clears it, so the log keeps erased voiceprints
 * until later writes happen to cover them. The check looks at the file, so it also clears what
 * other processes wrote, such as a command that erases a speaker while the server runs.
 */
export function emptyLogRegularly(database: DatabaseSync, folder: string): () => void {
  const log = join(folder, `${DATABASE_FILE}-wal`);
  const timer = setInterval(() => {
    if (database.isOpen && (statSync(log, { throwIfNoEntry: false })?.size ?? 0) > 0) emptyLog(database);
  }, INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * Copies the write-ahead log into the database and cuts it to no bytes.
 *
 * returns  false if another connection is reading or writing. It then stays as it is.
 */
export function emptyLog(database: DatabaseSync): boolean {
  // The connection waits for no lock (sqlite.ts); the next attempt is soon.
  try {
    const row = database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get() as { busy: number };
    return row.busy === 0;
  } catch {
    // The disk is full or unreadable. Requests report that; the next attempt may work.
    return false;
  }
}
