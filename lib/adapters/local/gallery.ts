import type { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import { readBlocks } from "../../gallery/file/read.ts";
import { type GalleryIndex, isUsable, makeGalleryIndex } from "../../gallery/gallery-index.ts";
import { indexCache } from "../../gallery/index-cache.ts";
import { unknownGenerations } from "../../gallery/rotations.ts";
import { rowsInOrder } from "../../gallery/row-of.ts";
import type { ScanThread } from "../../gallery/scans.ts";
import { searchInThread } from "../../gallery/search.ts";
import type { ModelId, RegistryId, SpeakerId } from "../../id.ts";
import type { Gallery } from "../../ports/gallery.ts";
import { normalizes } from "../../score/scoring/norm.ts";
import type { Cohort } from "../../score/scoring/types.ts";
import { galleryBytes } from "../shared/gallery-bytes.ts";
import type { Templates } from "../shared/templates.ts";
import { apply, type Change, galleryStatements, generationIn } from "./gallery-changes.ts";
import type { GalleryFiles } from "./gallery-files.ts";
import { patiently } from "./patience.ts";

/** Changes to apply before yielding: with a new cohort each takes up to a millisecond. */
const BATCH = 100;
/** Smaller registries are read from the database in a few milliseconds. */
const FILE_VOICES = 1000;
/** A file is written again when this part of the registry isn't in it. */
const LONG_PART = 0.05;
const WRITE_EVERY_MS = 30_000;

/**
 * generation: of the template key, which is part of the index's name
 * index: undefined before the first search
 * seen: the last change that is applied
 * filed: whether the valid file is of this index. It may be of another cohort
 */
type Followed = {
  cohort: Cohort;
  generation: number;
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
export function localGallery(
  database: DatabaseSync,
  { files, templates, thread }: { files: GalleryFiles; templates: Templates; thread?: ScanThread },
): LocalGallery {
  const sql = galleryStatements(database);
  const indexes = indexCache(notStarted, galleryBytes());
  files.tidy();

  const emptyIndex = ({ cohort, generation }: Followed) =>
    makeGalleryIndex(cohort, { generation, known: new Map() });

  /** Loads the rotations that the index needs for these rows. */
  async function learn(registryId: RegistryId, { rotations, cohort }: GalleryIndex, rows: readonly Change[]) {
    for (const generation of unknownGenerations(rotations, rows.map(generationIn)))
      rotations.known.set(generation, await templates.rotation(registryId, generation, cohort.dimension));
  }

  async function start(registryId: RegistryId, modelId: ModelId, followed: Followed): Promise<void> {
    const found = await files.open(registryId, modelId);
    try {
      const usable = found && isUsable(found.file.info, followed.cohort, followed.generation);
      const loaded = usable ? await load(registryId, modelId, followed, found.file) : undefined;
      followed.index = loaded ?? emptyIndex(followed);
      await learn(registryId, followed.index, []);
      followed.seen = loaded && found ? found.lsn : 0;
      followed.filed = loaded !== undefined;
    } finally {
      await found?.close();
    }
  }

  /** Undefined if the file is damaged. */
  async function load(...[registryId, modelId, followed, file]: LoadArguments) {
    const index = emptyIndex(followed);
    const unknown: SpeakerId[] = [];
    for await (const block of readBlocks(file)) {
      if (!block) return undefined;
      unknown.push(...index.load(block));
    }
    for (const [i, speakerId] of unknown.entries()) {
      const row = (await patiently(() => sql.one.get(registryId, speakerId))) as Change | undefined;
      if (row) {
        await learn(registryId, index, [row]);
        apply(index, row, modelId);
      }
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
        if (unknownGenerations(index.rotations, changes.map(generationIn)).length > 0) return changes;
        for (const change of changes) {
          apply(index, change, modelId);
          followed.seen = change.lsn;
        }
        return changes.length;
      });
      if (applied === undefined) await index.scans.end();
      else if (typeof applied !== "number") await learn(registryId, index, applied);
      else if (applied < BATCH) return index;
      else await setImmediate();
    }
  }

  async function writeFile(name: string, followed: Followed): Promise<void> {
    const [registryId, modelId] = name.split("/") as [RegistryId, ModelId];
    const { cohort, generation, index } = followed;
    if (!index || index.voices < FILE_VOICES) return;
    if ((await templates.state(registryId)).generation !== generation) return;
    const lsn = await files.lsnOf(registryId, modelId);
    if (followed.filed && lsn !== undefined) {
      const { count } = sql.after.get(registryId, lsn) as { count: number };
      if (count < LONG_PART * index.voices) return;
    }
    const { id: cohortId, erased: cohortErased = 0, dimension } = cohort;
    const info = { modelId, dimension, generation, cohortId, cohortErased, normalized: normalizes(cohort) };
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
      const { generation } = await templates.state(registryId);
      const name = `${registryId}/${probe.modelId}/${generation}`;
      const followed = indexes.get(name, probe.cohort);
      followed.generation = generation;
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

type LoadArguments = [RegistryId, ModelId, Followed, Parameters<typeof readBlocks>[0]];

const notStarted = (cohort: Cohort): Followed => ({
  cohort,
  generation: 0,
  index: undefined,
  get bytes() {
    return this.index?.bytes ?? 0;
  },
  seen: 0,
  filed: false,
  loading: undefined,
});
