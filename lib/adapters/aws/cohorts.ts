import type { RegistryId, SpeakerUid } from "../../id.ts";
import type { BundledCohorts, CohortRecord, CohortStore } from "../../ports/cohort.ts";
import type { Random } from "../../ports/world.ts";
import { sha256Of } from "../../sha256.ts";
import { lastUsed } from "../shared/last-used.ts";
import { withoutOwner } from "../shared/without-owner.ts";
import { attributes, type Item, numberOf, ofPartition, required, textOf } from "./attributes.ts";
import type { Blobs } from "./blobs.ts";
import { byAge } from "./calibrations.ts";
import { contentKey, readContent } from "./content.ts";
import { cohortItem, contentOf, headOf, recordOf } from "./items-cohort.ts";
import { modelOf } from "./items-speaker.ts";
import { cohortKey, cohortsPartition } from "./keys.ts";
import { contention, type Table } from "./table.ts";
import { putOnce, won, writeMark } from "./versioned.ts";

/** Cohorts kept parsed, and times that one may change under a reader or an erasure. */
const KEPT = 8;
const TRIES = 12;

type StoredCohort = { item: Item; record: CohortRecord };

/** The item names content in the object store: voices and rows, 1 MB for a thousand voices. */
export function dynamoCohorts(
  table: Table,
  blobs: Blobs,
  given: BundledCohorts & { random: Pick<Random, "bytes">; drawLsn: () => string },
): CohortStore {
  const { bundled, random, drawLsn } = given;
  const kept = lastUsed<CohortRecord>(KEPT);

  /** Undefined where an erasure has taken the content away since the item was read. */
  async function parsed(registryId: RegistryId, item: Item): Promise<CohortRecord | undefined> {
    const sha256 = required(item, "s", textOf);
    const name = `${registryId}/${sha256}`;
    const bytes = kept.has(name) ? undefined : await readContent(blobs, registryId, sha256);
    const record = kept.get(name) ?? (bytes && recordOf(registryId, item, bytes));
    if (!record) return undefined;
    kept.set(name, record);
    return record;
  }

  async function read(
    registryId: RegistryId,
    cohortId: CohortRecord["cohortId"],
  ): Promise<StoredCohort | undefined> {
    for (let tries = 0; tries < TRIES; tries++) {
      const item = await table.get(cohortKey(registryId, cohortId));
      if (!item) return undefined;
      const record = await parsed(registryId, item);
      if (record) return { item, record };
      await table.pause(tries);
    }
    throw new RangeError(`the content of ${cohortId} is gone`);
  }

  const items = (registryId: RegistryId) => table.query(ofPartition(cohortsPartition(registryId)));
  const everyCohort = async (registryId: RegistryId) => {
    const read_ = (await items(registryId)).map((item) => read(registryId, headOf(item).cohortId));
    return (await Promise.all(read_)).flatMap((existing) => existing?.record ?? []);
  };

  /** False where another erasure was first. */
  async function replace({ item, record }: StoredCohort, next: CohortRecord): Promise<boolean> {
    const { cohort: _cohort, voices: _voices, ...head } = next;
    const [bytes, mark] = [contentOf(next), writeMark(random)];
    const sha256 = sha256Of(bytes);
    await blobs.put(contentKey(record.registryId, sha256), bytes);
    const outcome = await table.put({
      Item: { ...cohortItem(head, sha256, required(item, "l", textOf)), ...attributes({ x: mark }) },
      ConditionExpression: "e = :erased",
      ExpressionAttributeValues: attributes({ ":erased": required(item, "e", numberOf) }),
    });
    const done = won(outcome, mark);
    await removeUnnamed(record, done ? required(item, "s", textOf) : sha256);
    return done;
  }

  /** Content that the cohort does not name any more holds voices that were erased from it. */
  async function removeUnnamed({ registryId, cohortId }: CohortRecord, sha256: string): Promise<void> {
    const existing = await table.get(cohortKey(registryId, cohortId));
    if (existing?.s.S !== sha256) await blobs.remove(contentKey(registryId, sha256));
  }

  async function forgetIn(registryId: RegistryId, cohortId: CohortRecord["cohortId"], uid: SpeakerUid) {
    for (let tries = 0; tries < TRIES; tries++) {
      const existing = await read(registryId, cohortId);
      if (!existing?.record.voices.some(({ owner }) => owner === uid)) return false;
      if (await replace(existing, withoutOwner(existing.record, uid))) return true;
      await table.pause(tries);
    }
    throw contention(undefined, `Other erasures kept changing ${cohortId}; try again.`);
  }

  return {
    bundled,
    async get(registryId, cohortId) {
      return (await read(registryId, cohortId))?.record;
    },
    async put(record) {
      const { registryId } = record;
      const { cohort: _cohort, voices: _voices, ...head } = record;
      const bytes = contentOf(record);
      const sha256 = sha256Of(bytes);
      await blobs.put(contentKey(registryId, sha256), bytes);
      if (await putOnce(table, random, cohortItem(head, sha256, drawLsn()))) return true;
      await removeUnnamed(record, sha256);
      return false;
    },
    async list(registryId, modelId) {
      const own = (await items(registryId)).filter((item) => modelOf(item) === modelId);
      return own.sort(byAge).map(headOf);
    },
    async owners(registryId) {
      const voices = (await everyCohort(registryId)).flatMap((record) => record.voices);
      return [...new Set(voices.flatMap(({ owner }) => owner ?? []))];
    },
    async forget(registryId, uid) {
      const forgotten = [];
      for (const item of await items(registryId))
        forgotten.push(await forgetIn(registryId, headOf(item).cohortId, uid));
      return forgotten.filter(Boolean).length;
    },
  };
}
