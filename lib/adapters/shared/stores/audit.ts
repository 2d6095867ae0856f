import { entryHash, NO_HASH } from "../../../hash-chain.ts";
import type { RegistryId } from "../../../id.ts";
import type { AuditEvent, AuditStore } from "../../../ports/audit.ts";
import type { AuditEntry, AuditHead } from "../../../schema/audit.ts";
import { contention, type Pause } from "../contention.ts";
import type { Document, Documents } from "../documents.ts";

/** Entries of one document, which one write appends. */
const MOST_ENTRIES = 25;
/** Each attempt that loses means that another process has appended. */
const MOST_ATTEMPTS = 60;
const PAGE = 200;
const SEQ_DIGITS = 12;

type Waiting = { event: AuditEvent; resolve(entry: AuditEntry): void; reject(error: unknown): void };
/** tail: the newest entry that this process knows */
type Queue = { waiting: Waiting[]; running: boolean; tail: AuditHead | undefined };

const START: AuditHead = { seq: 0, hash: NO_HASH };

/**
 * One document holds up to 25 consecutive entries under the number of the first, so the document
 * after an entry has one possible ID. It is put only where none exists: of two processes that
 * append after the same entry one loses, reads the tail again and appends after it. A process
 * appends all entries that have arrived during its last write with the next one.
 */
export function auditStore(documents: Documents, { pause }: { pause: Pause }): AuditStore {
  const queues = new Map<RegistryId, Queue>();

  async function lastEntry(registryId: RegistryId): Promise<AuditHead | undefined> {
    const document = await documents.last({ kind: "audit", owner: registryId });
    return document && entriesIn(document).at(-1);
  }

  async function write(registryId: RegistryId, queue: Queue, events: readonly AuditEvent[]) {
    for (let lost = 0; lost < MOST_ATTEMPTS; lost++) {
      if (lost > 0) await pause(lost);
      const tail = queue.tail ?? (await lastEntry(registryId)) ?? START;
      const entries = chained(registryId, tail, events);
      queue.tail = undefined;
      if (await documents.putOnce(documentOf(registryId, entries))) continue;
      queue.tail = entries.at(-1);
      return entries;
    }
    throw contention("Other processes kept appending to the audit log. Try again.");
  }

  async function run(registryId: RegistryId, queue: Queue): Promise<void> {
    queue.running = true;
    while (queue.waiting.length > 0) {
      const batch = queue.waiting.splice(0, MOST_ENTRIES);
      try {
        const entries = await write(
          registryId,
          queue,
          batch.map(({ event }) => event),
        );
        for (const [i, entry] of entries.entries()) batch[i]?.resolve(entry);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    queue.running = false;
  }

  return {
    append(registryId, event) {
      const queue = queues.get(registryId) ?? { waiting: [], running: false, tail: undefined };
      queues.set(registryId, queue);
      return new Promise((resolve, reject) => {
        queue.waiting.push({ event, resolve, reject });
        if (!queue.running) void run(registryId, queue);
      });
    },
    async head(registryId) {
      const last = await lastEntry(registryId);
      return last && { seq: last.seq, hash: last.hash };
    },
    async list(registryId, seq, limit) {
      // The document that holds an entry is named after an earlier one, if it holds several.
      const after = idOf(Math.max(0, seq - MOST_ENTRIES));
      const page = { after, limit: limit + MOST_ENTRIES };
      const found = await documents.list({ kind: "audit", owner: registryId }, page);
      return found
        .flatMap(entriesIn)
        .filter((entry) => entry.seq >= seq)
        .slice(0, limit);
    },
    async *every(registryId) {
      const collection = { kind: "audit", owner: registryId } as const;
      let limit = PAGE;
      for (let after = idOf(0); ; ) {
        const found = await documents.list(collection, { after, limit }).catch((error: unknown) => {
          if (!(error instanceof SyntaxError) || limit === 1) throw error;
          return undefined;
        });
        // One document at a time, up to the one that isn't JSON.
        if (!found) {
          limit = 1;
          continue;
        }
        const last = found.at(-1);
        if (!last) return;
        yield* found.flatMap(entriesIn);
        after = last.id;
      }
    },
  };
}

const idOf = (seq: number): string => String(seq).padStart(SEQ_DIGITS, "0");

const entriesIn = ({ body }: Document): readonly AuditEntry[] =>
  (body as { entries: readonly AuditEntry[] }).entries;

function documentOf(registryId: RegistryId, entries: readonly AuditEntry[]): Document {
  const id = idOf(entries[0]?.seq ?? 0);
  return { kind: "audit", owner: registryId, id, version: 1, body: { entries } };
}

function chained(registry: RegistryId, tail: AuditHead, events: readonly AuditEvent[]): AuditEntry[] {
  let { seq, hash } = tail;
  return events.map((event) => {
    seq += 1;
    const content = { registry, seq, ...event, previous: hash };
    hash = entryHash(content);
    return { ...content, hash };
  });
}
