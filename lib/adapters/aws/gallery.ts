import { setImmediate } from "node:timers/promises";
import {
  type GalleryIndex,
  makeGalleryIndex,
  removeVoice,
  upsertVoice,
} from "../../gallery/gallery-index.ts";
import { indexCache, searchIndex } from "../../gallery/search.ts";
import type { ModelId, RegistryId } from "../../id.ts";
import type { Gallery } from "../../ports/gallery.ts";
import type { Clock } from "../../ports/world.ts";
import type { Cohort } from "../../score/scoring/types.ts";
import type { Blobs } from "./blobs.ts";
import { BEGINNING, type Change, changesAfter, type Position, positionAt } from "./changes.ts";
import { isCompared } from "./gallery-build.ts";
import { readSnapshot, STALE_MS } from "./snapshot.ts";
import type { Table } from "./table.ts";

/** Voices to add before yielding: with a new cohort each takes up to a millisecond. */
const BATCH = 100;

type Followed = {
  cohort: Cohort;
  index: GalleryIndex;
  position: Position;
  /** Epoch milliseconds of the last read. Undefined before the first. */
  followedAt: number | undefined;
  running: Promise<void>;
  next: Promise<void> | undefined;
};

/**
 * Keeps every voiceprint of a registry in memory, in one index for each registry, model and cohort.
 *
 * Each search first reads the end of the change log, so it sees the commits of other processes. A
 * new index starts with the newest snapshot if there is one, otherwise with the beginning of the
 * log. The operation reads every candidate again anyway, so this gallery doesn't.
 */
export function dynamoGallery(table: Table, blobs: Blobs, clock: Pick<Clock, "now">): Gallery {
  const now = () => clock.now().getTime();
  const followedOf = indexCache(notStarted);

  async function follow(registryId: RegistryId, modelId: ModelId, followed: Followed): Promise<void> {
    const started = now();
    if (followed.followedAt === undefined || started - followed.followedAt > STALE_MS)
      Object.assign(followed, await startFrom(registryId, modelId, followed.cohort));
    for await (const { changes, position } of changesAfter(table, registryId, followed.position)) {
      for (const change of changes) put(followed.index, change, modelId);
      followed.position = position;
    }
    followed.followedAt = started;
  }

  async function startFrom(registryId: RegistryId, modelId: ModelId, cohort: Cohort) {
    const index = makeGalleryIndex(cohort);
    const found = await readSnapshot(blobs, { registryId, modelId, now: now() });
    let placed = 0;
    for (const voice of found?.voices ?? []) {
      upsertVoice(index, voice);
      if (++placed % BATCH === 0) await setImmediate();
    }
    return { index, position: positionAt(found?.stored.head?.furthest) };
  }

  /**
   * Runs one read of the log at a time: with two, the one that read first might write last. Callers
   * that arrive during a run share the next one.
   */
  function catchUp(registryId: RegistryId, modelId: ModelId, followed: Followed): Promise<void> {
    followed.next ??= followed.running.then(() => {
      followed.next = undefined;
      const run = follow(registryId, modelId, followed);
      followed.running = run.catch(() => {});
      return run;
    });
    return followed.next;
  }

  return {
    async search(registryId, probe, limit, within) {
      const followed = followedOf(`${registryId}/${probe.modelId}`, probe.cohort);
      await catchUp(registryId, probe.modelId, followed);
      return searchIndex(followed.index, probe, limit, within);
    },
  };
}

const notStarted = (cohort: Cohort): Followed => ({
  cohort,
  index: makeGalleryIndex(cohort),
  position: BEGINNING,
  followedAt: undefined,
  running: Promise.resolve(),
  next: undefined,
});

function put(index: GalleryIndex, { uid, speaker }: Change, modelId: ModelId): void {
  if (isCompared(speaker, modelId)) upsertVoice(index, speaker);
  else removeVoice(index, uid);
}
