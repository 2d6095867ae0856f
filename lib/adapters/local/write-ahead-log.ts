import { statSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { DATABASE_FILE } from "./sqlite.ts";

/** Erased data stays in the log for at most this long, plus the time for which readers hold it. */
const INTERVAL_MS = 15_000;

/** Rewriting this much takes a fraction of a second, in which nothing else is read or written. */
const MOST_REWRITTEN_BYTES = 64 * 2 ** 20;

/**
 * Empties the write-ahead log regularly, and returns a function that stops this.
 *
 * SQLite copies the log into the database but never clears it, so the log keeps erased voiceprints
 * until later writes happen to cover them. The check looks at the file, so it also clears what
 * other processes wrote, such as a command that erases a speaker while the server runs.
 *
 * After erasures, it also rewrites a database that isn't large: SQLite clears what is deleted
 * (secure_delete), but when it divides a page, copies of rows can stay between the page's rows.
 */
export function emptyLogRegularly(database: DatabaseSync, folder: string): () => void {
  const sizeOf = (name: string) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
  let rewrittenAt = 0;
  const timer = setInterval(() => {
    if (!database.isOpen || sizeOf(`${DATABASE_FILE}-wal`) === 0) return;
    if (sizeOf(DATABASE_FILE) <= MOST_REWRITTEN_BYTES) rewrittenAt = rewritten(database, rewrittenAt);
    emptyLog(database);
  }, INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * Rewrites the database if the number of erasures isn't `before`, and returns the number for which
 * it is rewritten.
 */
function rewritten(database: DatabaseSync, before: number): number {
  try {
    const sql = "SELECT count(*) AS found FROM documents WHERE kind IN ('erasure', 'optOut')";
    const { found } = database.prepare(sql).get() as { found: number };
    if (found !== before) database.exec("VACUUM");
    return found;
  } catch {
    // Another connection is reading or writing, or the disk is full. The next attempt is soon.
    return before;
  }
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
