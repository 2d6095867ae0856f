import type { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import { readBlocks } from "../../gallery/file/read.ts";
import { type GalleryIndex, isUsable, makeGalleryIndex } from "../../gallery/gallery-index.ts";
import { indexCache } from "../../gallery/index-cache.ts";
import { rowsInOrder } from "../../gallery/row-of.ts";
import type { ScanThread } from "../../gallery/scans.ts";
import { searchInThread } from "../../gallery/search.ts";
import type { ModelId, RegistryId, SpeakerId, SpeakerUid } from "../../id.ts";
import type { Gallery } from "../../ports/gallery.ts";
import { decodeFloat64 } from "../../score/scoring/codec.ts";
import { normalizes } from "../../score/scoring/norm.ts";
import type { Cohort } from "../../score/scoring/types.ts";
import { galleryBytes } from "../shared/gallery-bytes.ts";
import { guarded } from "./failures.ts";
import type { GalleryFiles } from "./gallery-files.ts";
import { patiently } from "./patience.ts";
import { type SpeakerRow, statsOf } from "./speaker-rows.ts";

/** Changes to apply before yielding: with a new cohort each takes up to a millisecond. */
const BATCH = 100;
/** Smaller registries are read from the database in a few milliseconds. */
const FILE_VOICES = 1000;
/** A file is written again when this part of the registry isn't in it. */
const LONG_PART = 0.05;
const WRITE_EVERY_MS = 30_000;

/**
 * index: undefined before the first search
 * seen: the last change that is applied
 * filed: whether the valid file is of this index. It may be of another cohort
 */
type Followed = {
  cohort: Cohort;
  index: GalleryIndex | undefined;
  readonly bytes: number;
  seen: number;
  filed: boolean;
  loading: Promise<void> | undefined;
};

export type LocalGallery = Gallery & {
  /** Writes files of the galleries in memory, where they are missing or old. */
  writeFiles(): Promise<void>;
  close(): Promise<void>;
};

/**
 * Keeps every voiceprint of a registry in memory, in one index for each registry, model and cohort.
 *
 * Each search first reads the end of the change log, so it sees the commits of other processes. A
 * new index starts with the gallery file if there is one, otherwise with the beginning of the log.
 *
 * thread: searches large galleries. Without it, they are searched here
 */
export function localGallery(database: DatabaseSync, files: GalleryFiles, thread?: ScanThread): LocalGallery {
  const sql = statements(database);
  const indexes = indexCache(notStarted, galleryBytes());
  files.tidy();

  async function start(registryId: RegistryId, modelId: ModelId, followed: Followed): Promise<void> {
    const found = await files.open(registryId, modelId);
    try {
      const usable = found && isUsable(found.file.info, followed.cohort);
      const loaded = usable ? await load(registryId, modelId, followed.cohort, found.file) : undefined;
      followed.index = loaded ?? makeGalleryIndex(followed.cohort);
      followed.seen = loaded && found ? found.lsn : 0;
      followed.filed = loaded !== undefined;
    } finally {
      await found?.close();
    }
  }

  /** Undefined if the file is damaged. */
  async function load(...[registryId, modelId, cohort, file]: LoadArguments) {
    const index = makeGalleryIndex(cohort);
    const unknown: SpeakerId[] = [];
    for await (const block of readBlocks(file)) {
      if (!block) return undefined;
      unknown.push(...index.load(block));
    }
    for (const [i, speakerId] of unknown.entries()) {
      const row = (await patiently(() => sql.one.get(registryId, speakerId))) as Change | undefined;
      if (row) apply(index, row, modelId);
      if (i % BATCH === BATCH - 1) await setImmediate();
    }
    return index;
  }

  /**
   * Applies each batch without yielding, so that concurrent searches of one index don't interfere.
   */
  async function catchUp(registryId: RegistryId, modelId: ModelId, followed: Followed) {
    followed.loading ??= start(registryId, modelId, followed).catch((error: unknown) => {
      followed.loading = undefined;
      throw error;
    });
    await followed.loading;
    const { index } = followed;
    if (!index) throw new RangeError(`the gallery of ${registryId} was not loaded`);
    for (;;) {
      const applied = await patiently(() => {
        const changes = sql.tail.all(registryId, followed.seen, BATCH) as Change[];
        if (changes.length > 0 && index.scans.areRunning) return undefined;

        for (const change of changes) {
          apply(index, change, modelId);
          followed.seen = change.lsn;
        }
        return changes.length;
      });
      if (applied === undefined) await index.scans.end();
      else if (applied < BATCH) return index;
      else await setImmediate();
    }
  }

  async function writeFile(name: string, followed: Followed): Promise<void> {
    const [registryId, modelId] = name.split("/") as [RegistryId, ModelId];
    const { cohort, index } = followed;
    if (!index || index.voices < FILE_VOICES) return;
    const lsn = await files.lsnOf(registryId, modelId);
    if (followed.filed && lsn !== undefined) {
      const { count } = sql.after.get(registryId, lsn) as { count: number };
      if (count < LONG_PART * index.voices) return;
    }
    const { id: cohortId, erased: cohortErased = 0, dimension } = cohort;
    const info = { modelId, dimension, cohortId, cohortErased, normalized: normalizes(cohort) };
    followed.filed = await files.write(registryId, info, rowsInOrder(index), followed.seen);
  }

  let writing: Promise<void> = Promise.resolve();
  const writeFiles = () => {
    writing = writing
      .catch(() => {})
      .then(async () => {
        files.tidy();
        for (const { name, index } of indexes.all()) await writeFile(name, index);
      });
    return writing;
  };
  // A file that can't be written costs time at the next start, nothing else. It is tried again.
  const timer = setInterval(() => {
    writeFiles().catch(() => {});
  }, WRITE_EVERY_MS).unref();

  return {
    async search(registryId, probe, limit, within) {
      const followed = indexes.get(`${registryId}/${probe.modelId}`, probe.cohort);
      const index = await catchUp(registryId, probe.modelId, followed);
      return searchInThread(thread, index, probe, limit, within);
    },
    writeFiles,
    async close() {
      clearInterval(timer);
      await writing.catch(() => {});
    },
  };
}

type LoadArguments = [RegistryId, ModelId, Cohort, Parameters<typeof readBlocks>[0]];

const notStarted = (cohort: Cohort): Followed => ({
  cohort,
  index: undefined,
  get bytes() {
    return this.index?.bytes ?? 0;
  },
  seen: 0,
  filed: false,
  loading: undefined,
});

type Change = { lsn: number; changed: string } & {
  [K in "listed" | "model_id" | "speaker_id" | "stats" | "sum"]: SpeakerRow[K] | null;
};

function apply(index: GalleryIndex, row: Change, modelId: ModelId): void {
  const uid = row.changed as SpeakerUid;
  // The speaker is erased, has no clips (opted out, reset), or belongs to another model.
  if (!row.sum || !row.listed || row.model_id !== modelId) {
    index.remove(uid);
    return;
  }
  const [sum, stats] = [decodeFloat64(row.sum), statsOf({ stats: row.stats })];
  index.upsert({ uid, speakerId: row.speaker_id as SpeakerId, sum, stats });
}

function statements(database: DatabaseSync) {
  return guarded(() => ({
    tail: database.prepare(
      `SELECT c.lsn, c.uid AS changed, s.speaker_id, s.model_id, s.listed, s.sum, s.stats
       FROM changes c LEFT JOIN speakers s ON s.registry_id = c.registry_id AND s.uid = c.uid
       WHERE c.registry_id = ? AND c.lsn > ? ORDER BY c.lsn LIMIT ?`,
    ),
    one: database.prepare(
      `SELECT 0 AS lsn, uid AS changed, speaker_id, model_id, listed, sum, stats FROM speakers
       WHERE registry_id = ? AND speaker_id = ?`,
    ),
    after: database.prepare("SELECT count(*) AS count FROM changes WHERE registry_id = ? AND lsn > ?"),
  }));
}
