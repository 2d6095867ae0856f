import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { guarded } from "./failures.ts";
import { patiently } from "./patience.ts";
import { makePrivate } from "./private-folder.ts";

export /** How long the start waits for another process, which blocks only itself. */
const OPEN_TIMEOUT_MS = 5000;
export const DATABASE_FILE = "voiceroll.db";

/** Schemas of versions before 0.1.0. Folders that have one were never released. */
const UNRELEASED_SCHEMAS = 7;

/** The nth takes a folder from schema UNRELEASED_SCHEMAS + n to the next. Only ever append. */
const MIGRATIONS = [
  `
  CREATE TABLE documents(
    kind TEXT NOT NULL, owner TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
    at_ms INTEGER, expires_ms INTEGER,
    PRIMARY KEY(kind, owner, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX documents_by_time ON documents(kind, owner, at_ms) WHERE at_ms IS NOT NULL;
  CREATE INDEX documents_by_end ON documents(expires_ms) WHERE expires_ms IS NOT NULL;

  CREATE TABLE attachments(
    registry_id TEXT NOT NULL, name TEXT NOT NULL, bytes BLOB NOT NULL,
    PRIMARY KEY(registry_id, name)
  ) STRICT;

  CREATE TABLE speakers(
    seq INTEGER PRIMARY KEY AUTOINCREMENT, registry_id TEXT NOT NULL, speaker_id TEXT NOT NULL,
    uid TEXT NOT NULL, version INTEGER NOT NULL, model_id TEXT NOT NULL,
    listed INTEGER NOT NULL, sum BLOB NOT NULL, stats TEXT, body TEXT NOT NULL,
    UNIQUE(registry_id, speaker_id), UNIQUE(registry_id, uid)
  ) STRICT;
  CREATE INDEX speakers_by_age ON speakers(registry_id, seq);

  CREATE TABLE clips(
    registry_id TEXT NOT NULL, uid TEXT NOT NULL, clip_id TEXT NOT NULL,
    embedding BLOB NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY(registry_id, uid, clip_id)
  ) STRICT, WITHOUT ROWID;

  -- One row for each speaker that ever existed: its last change. It names no person, so it outlives an erasure.
  CREATE TABLE changes(
    lsn INTEGER PRIMARY KEY AUTOINCREMENT, registry_id TEXT NOT NULL, uid TEXT NOT NULL,
    UNIQUE(registry_id, uid)
  ) STRICT;
  CREATE INDEX changes_by_registry ON changes(registry_id, lsn);

  CREATE TABLE limits(
    registry_id TEXT NOT NULL, counter TEXT NOT NULL, count INTEGER NOT NULL,
    added_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL,
    PRIMARY KEY(registry_id, counter)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX limits_by_end ON limits(expires_ms);
  `,
  `
  -- The gallery file of a registry and model that holds the changes up to lsn. A file without a row isn't used.
  CREATE TABLE galleries(
    registry_id TEXT NOT NULL, model_id TEXT NOT NULL, name TEXT NOT NULL, lsn INTEGER NOT NULL,
    PRIMARY KEY(registry_id, model_id)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Rejected verifications of a speaker by all callers, and how often it was unlocked since.
  CREATE TABLE speaker_rejects(
    registry_id TEXT NOT NULL, uid TEXT NOT NULL, count INTEGER NOT NULL, unlocks INTEGER NOT NULL,
    added_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL,
    PRIMARY KEY(registry_id, uid)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX speaker_rejects_by_end ON speaker_rejects(expires_ms);
  `,
  `
  ALTER TABLE documents ADD COLUMN subject TEXT;
  CREATE INDEX documents_by_subject ON documents(kind, owner, subject, at_ms) WHERE subject IS NOT NULL;
  `,
];

/**
 * Opens or creates the database. Several processes can open the same folder.
 *
 * warn  called if other users can open the folder
 */
export function openDatabase(
  folder: string,
  warn: (message: string) => void = () => undefined,
): DatabaseSync {
  return guarded(() => {
    makePrivate(folder, warn);
    const database = new DatabaseSync(join(folder, DATABASE_FILE), { timeout: OPEN_TIMEOUT_MS });
    database.exec("PRAGMA journal_mode = WAL");
    // FULL: a confirmed enrollment survives a power cut. secure_delete: erased data is overwritten
    // with zeros.
    database.exec("PRAGMA synchronous = FULL; PRAGMA secure_delete = ON");
    migrate(database);
    // From now on `patiently` waits: SQLite's own waiting would block the event loop.
    database.exec("PRAGMA busy_timeout = 0");
    return database;
  });
}

/** Returns whether anything was ever stored. */
export function hasRecords(database: DatabaseSync): boolean {
  const sql = "SELECT EXISTS (SELECT 1 FROM documents) OR EXISTS (SELECT 1 FROM speakers) AS found";
  return guarded(() => (database.prepare(sql).get() as { found: number }).found === 1);
}

/**
 * Runs `work` in a transaction. Waits up to 5 s while another process writes. `work` can run
 * several times, but only one run is committed.
 */
export async function transaction<T>(database: DatabaseSync, work: () => T): Promise<T> {
  return patiently(() => committed(database, work));
}

function committed<T>(database: DatabaseSync, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    // SQLite rolls back on its own when the disk is full.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

function migrate(database: DatabaseSync): void {
  committed(database, () => {
    const { user_version: schema } = database.prepare("PRAGMA user_version").get() as {
      user_version: number;
    };
    const newest = UNRELEASED_SCHEMAS + MIGRATIONS.length;
    if (schema > newest)
      throw new RangeError(
        `the folder has schema version ${schema}; this program reads up to version ${newest}`,
      );
    if (schema > 0 && schema <= UNRELEASED_SCHEMAS)
      throw new RangeError(
        `the folder has schema version ${schema} of an unreleased program; export its registries with that program`,
      );
    const applied = schema === 0 ? 0 : schema - UNRELEASED_SCHEMAS;
    for (const sql of MIGRATIONS.slice(applied)) database.exec(sql);
    database.exec(`PRAGMA user_version = ${newest}`);
  });
}
