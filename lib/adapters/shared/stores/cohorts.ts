import type { CohortId, RegistryId, SpeakerUid } from "../../../id.ts";
import type { BundledCohorts, CohortRecord, CohortStore } from "../../../ports/cohort.ts";
import { contention, type Pause } from "../contention.ts";
import type { Attachments, Document, Documents } from "../documents.ts";
import { lastUsed } from "../last-used.ts";
import {
  bodyOf,
  type CohortBody,
  contentOf,
  documentOf,
  headOf,
  recordOf,
  withoutOwner,
} from "./cohort-record.ts";
import { byCreation, putContent, readContent } from "./content.ts";

/**
 * Parsed cohorts to keep in memory. Parsing 5,000 voices takes longer than scoring against them.
 */
const CACHED = 8;
/** How often a cohort may change under a reader or an erasure before that gives up. */
const MOST_ATTEMPTS = 12;

type StoredCohort = { body: CohortBody; record: CohortRecord };

/** Documents hold the heads of cohorts; voices and rows are attached content. */
export function cohortStore(
  documents: Documents,
  contents: Attachments,
  { bundled, drawLsn, pause }: BundledCohorts & { drawLsn: () => string; pause: Pause },
): CohortStore {
  const cache = lastUsed<CohortRecord>(CACHED);

  const get = (registryId: RegistryId, cohortId: CohortId) =>
    documents.get({ kind: "cohort", owner: registryId, id: cohortId });
  const list = (registryId: RegistryId) => documents.list({ kind: "cohort", owner: registryId });

  /** Undefined if an erasure has deleted the content since the document was read. */
  async function parsed(registryId: RegistryId, document: Document): Promise<CohortRecord | undefined> {
    const { content } = bodyOf(document);
    const name = `${registryId}/${content}`;
    const cached = cache.get(name);
    if (cached) return cached;
    const bytes = await readContent(contents, registryId, content);
    if (!bytes) return undefined;
    const record = recordOf(registryId, document, bytes);
    cache.set(name, record);
    return record;
  }

  async function read(registryId: RegistryId, cohortId: CohortId): Promise<StoredCohort | undefined> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const document = await get(registryId, cohortId);
      if (!document) return undefined;
      const record = await parsed(registryId, document);
      if (record) return { body: bodyOf(document), record };
      await pause(attempt);
    }
    throw new RangeError(`the content of ${cohortId} is missing`);
  }

  /** False if another erasure was first. */
  async function replace({ body, record }: StoredCohort, next: CohortRecord): Promise<boolean> {
    const content = await putContent(contents, record.registryId, contentOf(next));
    const done = await documents.putVersion(documentOf(next, { created: body.created, content }));
    await removeUnreferenced(record, done ? body.content : content);
    return done;
  }

  /** Content that the cohort no longer references holds voices that were erased from it. */
  async function removeUnreferenced({ registryId, cohortId }: CohortRecord, content: string): Promise<void> {
    const document = await get(registryId, cohortId);
    if (!document || bodyOf(document).content !== content) await contents.remove(registryId, content);
  }

  async function forgetIn(registryId: RegistryId, cohortId: CohortId, uid: SpeakerUid): Promise<boolean> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const existing = await read(registryId, cohortId);
      if (!existing?.record.voices.some(({ owner }) => owner === uid)) return false;
      if (await replace(existing, withoutOwner(existing.record, uid))) return true;
      await pause(attempt);
    }
    throw contention(`Other erasures kept changing ${cohortId}. Try again.`);
  }

  return {
    bundled,
    async get(registryId, cohortId) {
      return (await read(registryId, cohortId))?.record;
    },
    async put(record) {
      const content = await putContent(contents, record.registryId, contentOf(record));
      const existing = await documents.putOnce(documentOf(record, { created: drawLsn(), content }));
      if (existing) await removeUnreferenced(record, content);
      return existing === undefined;
    },
    async list(registryId, modelId) {
      const found = (await list(registryId)).map((document) => ({
        created: bodyOf(document).created,
        head: headOf(registryId, document),
      }));
      const own = found.filter(({ head }) => head.modelId === modelId);
      return own.sort(byCreation).map(({ head }) => head);
    },
    async owners(registryId) {
      const found = await list(registryId);
      const cohorts = await Promise.all(
        found.map((document) => read(registryId, headOf(registryId, document).cohortId)),
      );
      const voices = cohorts.flatMap((existing) => existing?.record.voices ?? []);
      return [...new Set(voices.flatMap(({ owner }) => owner ?? []))];
    },
    async renew(registryId) {
      const found = await list(registryId);
      for (const document of found) {
        const existing = await read(registryId, headOf(registryId, document).cohortId);
        if (!existing) continue;
        const { body, record } = existing;
        const bytes = await readContent(contents, registryId, body.content);
        if (bytes) await contents.put(registryId, body.content, bytes);
        // An erasure may have replaced the content meanwhile.
        await removeUnreferenced(record, body.content);
      }
      return found.length;
    },
    async forget(registryId, uid) {
      let changed = 0;
      for (const document of await list(registryId))
        if (await forgetIn(registryId, headOf(registryId, document).cohortId, uid)) changed += 1;
      return changed;
    },
  };
}
