import { setImmediate } from "node:timers/promises";
import { readBlocks } from "../../gallery/file/read.ts";
import { type GalleryIndex, isUsable, makeGalleryIndex } from "../../gallery/gallery-index.ts";
import { indexCache } from "../../gallery/index-cache.ts";
import { unknownGenerations } from "../../gallery/rotations.ts";
import type { ScanThread } from "../../gallery/scans.ts";
import { searchInThread } from "../../gallery/search.ts";
import type { ModelId, RegistryId, SpeakerId } from "../../id.ts";
import type { Gallery } from "../../ports/gallery.ts";
import type { Speaker } from "../../ports/speaker.ts";
import type { Clock } from "../../ports/world.ts";
import type { Cohort } from "../../score/scoring/types.ts";
import { galleryBytes } from "../shared/gallery-bytes.ts";
import type { Templates } from "../shared/templates.ts";
import type { Blobs } from "./blobs.ts";
import { BEGINNING, type Change, changesAfter, type Position } from "./changes.ts";
import { isCompared } from "./gallery-build.ts";
import { speakerOf } from "./items-speaker.ts";
import { speakerKey } from "./keys.ts";
import { nextRun, noRuns, type Runs } from "./runs.ts";
import { openSnapshot, positionOf, STALE_MS } from "./snapshot.ts";
import type { Table } from "./table.ts";

/** Voices to add before yielding: with a new cohort each takes up to a millisecond. */
const BATCH = 100;

type Followed = {
  cohort: Cohort;
  /** Of the template key, which is part of the index's name. */
  generation: number;
  index: GalleryIndex;
  readonly bytes: number;
  position: Position;
  /** Epoch milliseconds of the last read. Undefined before the first. */
  followedAt: number | undefined;
} & Runs;

/**
 * Keeps every voiceprint of a registry in memory, in one index for each registry, model and cohort.
 *
 * Each search first reads the end of the change log, so it sees the commits of other processes. A
 * new index starts with the newest snapshot if there is one, otherwise with the beginning of the
 * log. The operation reads every candidate again anyway, so this gallery doesn't.
 *
 * thread: searches large galleries. Without it, they are searched here
 */
export function dynamoGallery(given: {
  table: Table;
  blobs: Blobs;
  clock: Pick<Clock, "now">;
  templates: Templates;
  thread?: ScanThread | undefined;
}): Gallery {
  const { table, blobs, clock, templates, thread } = given;
  const now = () => clock.now().getTime();
  const indexes = indexCache(notStarted, galleryBytes());

  async function follow(registryId: RegistryId, modelId: ModelId, followed: Followed): Promise<void> {
    const started = now();
    if (followed.followedAt === undefined || started - followed.followedAt > STALE_MS)
      Object.assign(followed, await startFrom(registryId, modelId, followed));
    for await (const { changes, position } of changesAfter(table, registryId, followed.position)) {
      const speakers = changes.flatMap(({ speaker }) => speaker ?? []);
      await learnRotations(templates, registryId, followed.index, speakers);
      for (let at = 0; at < changes.length; at += BATCH) {
        while (followed.index.scans.areRunning) await followed.index.scans.end();
        for (const change of changes.slice(at, at + BATCH)) put(followed.index, change, modelId);
        await setImmediate();
      }
      followed.position = position;
    }
    followed.followedAt = started;
  }

  async function startFrom(registryId: RegistryId, modelId: ModelId, { cohort, generation }: Followed) {
    const found = await openSnapshot(blobs, { registryId, modelId }, now());
    const empty = () => makeGalleryIndex(cohort, { generation, known: new Map() });
    const index = empty();
    await learnRotations(templates, registryId, index, []);
    if (!found || !isUsable(found.file.info, cohort, generation)) return { index, position: BEGINNING };
    const unknown: SpeakerId[] = [];
    for await (const block of readBlocks(found.file)) {
      if (!block) return { index: empty(), position: BEGINNING };
      unknown.push(...index.load(block));
    }
    for (let at = 0; at < unknown.length; at += BATCH) {
      const keys = unknown.slice(at, at + BATCH).map((speakerId) => speakerKey(registryId, speakerId));
      const speakers = (await table.getMany(keys)).map((item) => speakerOf(registryId, item));
      await learnRotations(templates, registryId, index, speakers);
      for (const speaker of speakers) {
        if (isCompared(speaker, modelId)) index.upsert(speaker);
      }
      await setImmediate();
    }
    return { index, position: positionOf(found.head) };
  }

  return {
    async search(registryId, probe, limit, within) {
      const { generation } = await templates.state(registryId);
      const followed = indexes.get(`${registryId}/${probe.modelId}/${generation}`, probe.cohort);
      followed.generation = generation;
      await nextRun(followed, () => follow(registryId, probe.modelId, followed));
      return searchInThread(thread, followed.index, probe, limit, within);
    },
  };
}

const notStarted = (cohort: Cohort): Followed => ({
  cohort,
  generation: 0,
  index: makeGalleryIndex(cohort),
  get bytes() {
    return this.index.bytes;
  },
  position: BEGINNING,
  followedAt: undefined,
  ...noRuns(),
});

/** Loads the rotations that the index needs for these speakers. */
export async function learnRotations(
  templates: Templates,
  registryId: RegistryId,
  { rotations, cohort }: GalleryIndex,
  speakers: readonly Speaker[],
): Promise<void> {
  for (const generation of unknownGenerations(rotations, speakers))
    rotations.known.set(generation, await templates.rotation(registryId, generation, cohort.dimension));
}

/** Brings a speaker's row up to date. */
export function put(
  index: GalleryIndex,
  { uid, speaker }: Pick<Change, "speaker" | "uid">,
  modelId: ModelId,
): void {
  if (isCompared(speaker, modelId)) index.upsert(speaker);
  else index.remove(uid);
}
