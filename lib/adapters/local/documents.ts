import type { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import type { Moment } from "../../ports/page.ts";
import type { Clock } from "../../ports/world.ts";
import { earliestNow } from "../../set-clock.ts";
import type { Attachments, Collection, Document, DocumentKey, Documents } from "../shared/documents.ts";
import { guarded } from "./failures.ts";
import { patiently } from "./patience.ts";
import { transaction } from "./sqlite.ts";

type Row = { id: string; version: number; body: string; at_ms: number | null; expires_ms: number | null };

const LATEST: Moment = { at: Number.MAX_SAFE_INTEGER, id: "" };
/** Documents to read before yielding. */
const PAGE = 200;

/** One table for all kinds. Each write also deletes the documents that have expired. */
export function localDocuments(database: DatabaseSync, clock: Pick<Clock, "now" | "steady">): Documents {
  const sql = statements(database);
  const now = () => earliestNow(clock);
  const find = (key: DocumentKey) => {
    const row = sql.get.get(...placeOf(key), now()) as Row | undefined;
    return row && documentOf(key, row);
  };
  const write = <T>(work: () => T): Promise<T> =>
    transaction(database, () => {
      sql.purge.run(now());
      return work();
    });
  return {
    get: (key) => patiently(() => find(key)),
    async list(collection, { after = "", limit = -1 } = {}) {
      const { kind, owner } = collection;
      const rows = (await patiently(() => sql.list.all(kind, owner, after, now(), limit))) as Row[];
      return rows.map((row) => documentOf(collection, row));
    },
    async last(collection) {
      const row = await patiently(() => sql.last.get(collection.kind, collection.owner, now()));
      return row && documentOf(collection, row as Row);
    },
    async newest(collection, limit, after = LATEST) {
      const { kind, owner, subject } = collection;
      const rest = [after.at, after.at, after.id, now(), limit] as const;
      const rows = (await patiently(() =>
        subject === undefined
          ? sql.newest.all(kind, owner, ...rest)
          : sql.newestOf.all(kind, owner, subject, ...rest),
      )) as Row[];
      return rows.map((row) => documentOf(collection, row));
    },
    async *every(collection) {
      const { kind, owner } = collection;
      for (let after = ""; ; await setImmediate()) {
        const rows = guarded(() => sql.timed.all(kind, owner, after, now(), PAGE)) as Row[];
        const last = rows.at(-1);
        if (!last) return;
        yield rows.map((row) => documentOf(collection, row));
        after = last.id;
      }
    },
    async put(...documents) {
      await write(() => {
        for (const document of documents) sql.put.run(...valuesOf(document));
      });
    },
    async putGroups(...groups) {
      await write(() => {
        for (const document of groups.flat()) sql.put.run(...valuesOf(document));
      });
    },
    async putOnce(document) {
      return write(() => (sql.insert.run(...valuesOf(document)).changes === 0 ? find(document) : undefined));
    },
    async putVersion(document, ...together) {
      const { version } = document;
      return write(() => {
        const values = valuesOf(document);
        const { changes } =
          version === 1 ? sql.insert.run(...values) : sql.update.run(...values, version - 1);
        if (changes === 0) return false;
        for (const one of together) sql.put.run(...valuesOf(one));
        return true;
      });
    },
    async remove(document) {
      await write(() => sql.remove.run(...placeOf(document), document.version));
    },
  };
}

/** Returns a function that puts documents. Call it within a transaction. */
export function documentWriter(database: DatabaseSync): (documents: readonly Document[]) => void {
  const { put } = statements(database);
  return (documents) => {
    for (const document of documents) put.run(...valuesOf(document));
  };
}

/** Attachments in the database, where deleted bytes are overwritten with zeros. */
export function databaseAttachments(database: DatabaseSync): Attachments {
  const { put, get, remove } = guarded(() => ({
    put: database.prepare("INSERT OR REPLACE INTO attachments(registry_id, name, bytes) VALUES (?, ?, ?)"),
    get: database.prepare("SELECT bytes FROM attachments WHERE registry_id = ? AND name = ?"),
    remove: database.prepare("DELETE FROM attachments WHERE registry_id = ? AND name = ?"),
  }));
  return {
    async put(registryId, name, bytes) {
      await patiently(() => put.run(registryId, name, bytes));
    },
    async get(registryId, name) {
      const row = await patiently(() => get.get(registryId, name));
      return (row as { bytes: Uint8Array } | undefined)?.bytes;
    },
    async remove(registryId, name) {
      await patiently(() => remove.run(registryId, name));
    },
  };
}

function statements(database: DatabaseSync) {
  const columns = "id, version, body, at_ms, expires_ms";
  const live = "(expires_ms IS NULL OR expires_ms > ?)";
  const place = "kind = ? AND owner = ? AND id = ?";
  const written = "version, body, at_ms, expires_ms, subject";
  const insert = `INTO documents(${written}, kind, owner, id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
  const newestBefore = `at_ms <= ? AND (at_ms < ? OR id < ?) AND ${live} ORDER BY at_ms DESC, id DESC LIMIT ?`;
  return guarded(() => ({
    get: database.prepare(`SELECT ${columns} FROM documents WHERE ${place} AND ${live}`),
    list: database.prepare(
      `SELECT ${columns} FROM documents WHERE kind = ? AND owner = ? AND id > ? AND ${live} ORDER BY id LIMIT ?`,
    ),
    last: database.prepare(
      `SELECT ${columns} FROM documents WHERE kind = ? AND owner = ? AND ${live} ORDER BY id DESC LIMIT 1`,
    ),
    timed: database.prepare(
      `SELECT ${columns} FROM documents WHERE kind = ? AND owner = ? AND id > ? AND at_ms IS NOT NULL AND ${live}
       ORDER BY id LIMIT ?`,
    ),
    newest: database.prepare(
      `SELECT ${columns} FROM documents WHERE kind = ? AND owner = ? AND ${newestBefore}`,
    ),
    newestOf: database.prepare(
      `SELECT ${columns} FROM documents WHERE kind = ? AND owner = ? AND subject = ? AND ${newestBefore}`,
    ),
    put: database.prepare(`INSERT OR REPLACE ${insert}`),
    insert: database.prepare(`INSERT ${insert} ON CONFLICT DO NOTHING`),
    update: database.prepare(
      `UPDATE documents SET version = ?, body = ?, at_ms = ?, expires_ms = ?, subject = ?
       WHERE ${place} AND version = ?`,
    ),
    remove: database.prepare(`DELETE FROM documents WHERE ${place} AND version = ?`),
    purge: database.prepare("DELETE FROM documents WHERE expires_ms <= ?"),
  }));
}

const placeOf = ({ kind, owner, id }: DocumentKey) => [kind, owner, id] as const;

function valuesOf(document: Document) {
  const { version, body, at, expiresAt, subject } = document;
  const content = [version, JSON.stringify(body), at ?? null, expiresAt ?? null, subject ?? null] as const;
  return [...content, ...placeOf(document)] as const;
}

function documentOf({ kind, owner }: Collection, row: Row): Document {
  const { id, version, at_ms, expires_ms } = row;
  const body = JSON.parse(row.body) as object;
  return { kind, owner, id, version, body, at: at_ms ?? undefined, expiresAt: expires_ms ?? undefined };
}
