import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { guarded } from "./failures.ts";

const BUSY_TIMEOUT_MS = 5000;

/** Index = `user_version` before. Only ever append: folders out there are at any of these versions. */
const MIGRATIONS = [
  `
  CREATE TABLE registries(
    registry_id TEXT PRIMARY KEY, name TEXT NOT NULL, suspended INTEGER NOT NULL, settings TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE keys(
    key_id TEXT PRIMARY KEY, registry_id TEXT NOT NULL, created_at TEXT NOT NULL, body TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX keys_by_registry ON keys(registry_id, created_at, key_id);

  CREATE TABLE speakers(
    seq INTEGER PRIMARY KEY AUTOINCREMENT, registry_id TEXT NOT NULL, speaker_id TEXT NOT NULL,
    uid TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, model_id TEXT NOT NULL,
    listed INTEGER NOT NULL, sum BLOB NOT NULL, stats TEXT, body TEXT NOT NULL,
    UNIQUE(registry_id, speaker_id)
  ) STRICT;
  CREATE INDEX speakers_by_age ON speakers(registry_id, seq);

  CREATE TABLE clips(
    registry_id TEXT NOT NULL, uid TEXT NOT NULL, clip_id TEXT NOT NULL,
    embedding BLOB NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY(registry_id, uid, clip_id)
  ) STRICT, WITHOUT ROWID;

  -- One row per speaker that ever stood: its last change. Names no person, so it outlives an erasure.
  CREATE TABLE changes(
    lsn INTEGER PRIMARY KEY AUTOINCREMENT, registry_id TEXT NOT NULL, uid TEXT NOT NULL UNIQUE
  ) STRICT;
  CREATE INDEX changes_by_registry ON changes(registry_id, lsn);

  CREATE TABLE decisions(
    registry_id TEXT NOT NULL, decision_id TEXT NOT NULL, at_ms INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY(registry_id, decision_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX decisions_by_age ON decisions(at_ms);

  CREATE TABLE idempotency(
    registry_id TEXT NOT NULL, key_hash TEXT NOT NULL, request_hash TEXT NOT NULL,
    claimed_ms INTEGER NOT NULL, reply TEXT,
    PRIMARY KEY(registry_id, key_hash)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX idempotency_by_age ON idempotency(claimed_ms);

  CREATE TABLE limits(
    registry_id TEXT NOT NULL, counter TEXT NOT NULL, count INTEGER NOT NULL,
    added_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL,
    PRIMARY KEY(registry_id, counter)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX limits_by_age ON limits(expires_ms);
  `,
  `
  CREATE TABLE active(
    registry_id TEXT NOT NULL, model_id TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY(registry_id, model_id)
  ) STRICT, WITHOUT ROWID;

  -- rows: [size][dimension] float32, little-endian.
  CREATE TABLE cohorts(
    seq INTEGER PRIMARY KEY AUTOINCREMENT, registry_id TEXT NOT NULL, cohort_id TEXT NOT NULL,
    model_id TEXT NOT NULL, rows BLOB NOT NULL, body TEXT NOT NULL,
    UNIQUE(registry_id, cohort_id)
  ) STRICT;
  `,
  `
  CREATE TABLE calibrations(
    seq INTEGER PRIMARY KEY AUTOINCREMENT, registry_id TEXT NOT NULL, calibration_id TEXT NOT NULL,
    model_id TEXT NOT NULL, body TEXT NOT NULL,
    UNIQUE(registry_id, calibration_id)
  ) STRICT;
  CREATE TABLE groups(
    registry_id TEXT NOT NULL, group_id TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY(registry_id, group_id)
  ) STRICT, WITHOUT ROWID;

  CREATE INDEX decisions_of_registry ON decisions(registry_id, at_ms);
  `,
  `
  -- Nothing was ever written to the one before.
  DROP TABLE cohorts;
  CREATE TABLE cohorts(
    seq INTEGER PRIMARY KEY AUTOINCREMENT, registry_id TEXT NOT NULL, cohort_id TEXT NOT NULL,
    model_id TEXT NOT NULL, erased INTEGER NOT NULL, head TEXT NOT NULL, voices TEXT NOT NULL, rows BLOB NOT NULL,
    UNIQUE(registry_id, cohort_id)
  ) STRICT;
  `,
  `
  CREATE TABLE uploads(
    registry_id TEXT NOT NULL, upload_id TEXT NOT NULL, version INTEGER NOT NULL, gone_ms INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY(registry_id, upload_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX uploads_by_age ON uploads(gone_ms);
  `,
  `
  -- A copy of a registry may stand beside it: a uid names one speaker of its registry.
  CREATE TABLE speakers_here(
    seq INTEGER PRIMARY KEY AUTOINCREMENT, registry_id TEXT NOT NULL, speaker_id TEXT NOT NULL,
    uid TEXT NOT NULL, version INTEGER NOT NULL, model_id TEXT NOT NULL,
    listed INTEGER NOT NULL, sum BLOB NOT NULL, stats TEXT, body TEXT NOT NULL,
    UNIQUE(registry_id, speaker_id), UNIQUE(registry_id, uid)
  ) STRICT;
  INSERT INTO speakers_here SELECT * FROM speakers ORDER BY seq;
  DROP TABLE speakers;
  ALTER TABLE speakers_here RENAME TO speakers;
  CREATE INDEX speakers_by_age ON speakers(registry_id, seq);

  CREATE TABLE changes_here(
    lsn INTEGER PRIMARY KEY AUTOINCREMENT, registry_id TEXT NOT NULL, uid TEXT NOT NULL,
    UNIQUE(registry_id, uid)
  ) STRICT;
  INSERT INTO changes_here SELECT * FROM changes ORDER BY lsn;
  DROP TABLE changes;
  ALTER TABLE changes_here RENAME TO changes;
  CREATE INDEX changes_by_registry ON changes(registry_id, lsn);
  `,
  `
  CREATE TABLE jobs(
    registry_id TEXT NOT NULL, job_id TEXT NOT NULL, version INTEGER NOT NULL, finished INTEGER NOT NULL,
    gone_ms INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY(registry_id, job_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX jobs_by_age ON jobs(gone_ms);

  CREATE TABLE job_results(
    registry_id TEXT NOT NULL, job_id TEXT NOT NULL, line INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY(registry_id, job_id, line)
  ) STRICT, WITHOUT ROWID;
  `,
];

/** Opens or makes the database. Several processes may open the same folder. */
export function openDatabase(folder: string): DatabaseSync {
  return guarded(() => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const database = new DatabaseSync(join(folder, "voiceroll.db"), { timeout: BUSY_TIMEOUT_MS });
    database.exec("PRAGMA journal_mode = WAL");
    // An answered enrollment survives a power cut; erased voiceprints are overwritten with zeros.
    database.exec("PRAGMA synchronous = FULL; PRAGMA secure_delete = ON");
    migrate(database);
    return database;
  });
}

/** All of `work` or nothing; writers of other processes wait their turn from the start. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  return guarded(() => {
    database.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      database.exec("COMMIT");
      return result;
    } catch (error) {
      // A full disk may have rolled back by itself.
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
  });
}

function migrate(database: DatabaseSync): void {
  transaction(database, () => {
    const [{ user_version: version }] = database.prepare("PRAGMA user_version").all() as [
      { user_version: number },
    ];
    if (version > MIGRATIONS.length)
      throw new RangeError(`the folder is at version ${version}; this program knows ${MIGRATIONS.length}`);
    for (const sql of MIGRATIONS.slice(version)) database.exec(sql);
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
  });
}
