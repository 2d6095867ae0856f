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

/** Voices placed before others get their turn: against a new cohort each costs up to a millisecond. */
const AT_ONCE = 100;

type Followed = {
  cohort: Cohort;
  index: GalleryIndex;
  position: Position;
  /** Undefined: nothing was read yet. */
  followedAt: number | undefined;
  running: Promise<void>;
  next: Promise<void> | undefined;
};

/**
 * Every voiceprint of a registry in memory, one shelf per registry, model and cohort. Before each search the tail of the
 * change log is read, so commits of other processes are seen; a new shelf begins with the newest snapshot, if there is one, else
 * with the log's beginning. The operation reads every candidate again (domain/candidates.ts): one read each, not two.
 */
export function dynamoGallery(table: Table, blobs: Blobs, clock: Pick<Clock, "now">): Gallery {
  const now = () => clock.now().getTime();
  const followedOf = indexCache(newlyFollowed);

  async function follow(registryId: RegistryId, modelId: ModelId, followed: Followed): Promise<void> {
    const started = now();
    if (followed.followedAt === undefined || started - followed.followedAt > STALE_MS)
      Object.assign(followed, await begun(registryId, modelId, followed.cohort));
    for await (const { changes, position } of changesAfter(table, registryId, followed.position)) {
      for (const change of changes) put(followed.index, change, modelId);
      followed.position = position;
    }
    followed.followedAt = started;
  }

  async function begun(registryId: RegistryId, modelId: ModelId, cohort: Cohort) {
    const index = makeGalleryIndex(cohort);
    const found = await readSnapshot(blobs, { registryId, modelId, now: now() });
    let placed = 0;
    for (const voice of found?.voices ?? []) {
      upsertVoice(index, voice);
      if (++placed % AT_ONCE === 0) await setImmediate();
    }
    return { index, position: positionAt(found?.stored.head?.furthest) };
  }

  /** One at a time: of two that overlap, the one that read first might write last. Whoever comes meanwhile shares the next. */
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

const newlyFollowed = (cohort: Cohort): Followed => ({
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
