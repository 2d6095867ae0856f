import type { ModelId, RegistryId } from "../../id.ts";
import type { Clock, Gallery } from "../../ports.ts";
import type { Cohort } from "../../score/types.ts";
import { makeShelf, type Shelf, stand, takeOut } from "../shared/shelf.ts";
import { searchShelf, shelfRoom } from "../shared/shelf-search.ts";
import { BEGINNING, type Change, changesAfter, type Position } from "./changes.ts";
import { TOMBSTONE_DAYS } from "./requests-speakers.ts";
import type { Table } from "./table.ts";

/** Followed for the last time longer ago than this, a shelf may have missed erasures: half of what tombstones last. */
const STALE_MS = (TOMBSTONE_DAYS / 2) * 86_400_000;

type Followed = {
  cohort: Cohort;
  shelf: Shelf;
  position: Position;
  followedAt: number;
  running: Promise<void>;
  next: Promise<void> | undefined;
};

/**
 * Every voiceprint of a registry in memory, one shelf per registry, model and cohort. Before each search the tail of the
 * change log is read, so commits of other processes are seen; a new shelf reads the log from its beginning.
 */
export function dynamoGallery(table: Table, clock: Pick<Clock, "now">): Gallery {
  const now = () => clock.now().getTime();
  const followedOf = shelfRoom((cohort) => newlyFollowed(cohort, now()));

  async function follow(registryId: RegistryId, modelId: ModelId, followed: Followed): Promise<void> {
    if (now() - followed.followedAt > STALE_MS)
      Object.assign(followed, { shelf: makeShelf(followed.cohort), position: BEGINNING });
    for await (const { changes, position } of changesAfter(table, registryId, followed.position)) {
      for (const change of changes) put(followed.shelf, change, modelId);
      followed.position = position;
    }
    followed.followedAt = now();
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
      return searchShelf(followed.shelf, probe, limit, within);
    },
  };
}

const newlyFollowed = (cohort: Cohort, followedAt: number): Followed => ({
  cohort,
  shelf: makeShelf(cohort),
  position: BEGINNING,
  followedAt,
  running: Promise.resolve(),
  next: undefined,
});

/** Erased speakers, those without clips (opted out, reset) and those of another model are not compared. */
function put(shelf: Shelf, { uid, speaker }: Change, modelId: ModelId): void {
  if (!speaker || speaker.clips.length === 0 || speaker.modelId !== modelId) takeOut(shelf, uid);
  else stand(shelf, speaker);
}
