import { exactHits } from "../../../gallery/exact-hits.ts";
import { type GalleryIndex, makeGalleryIndex } from "../../../gallery/gallery-index.ts";
import { indexCache } from "../../../gallery/index-cache.ts";
import { rotatedUnit } from "../../../gallery/rotations.ts";
import { searchIndex } from "../../../gallery/search.ts";
import type { SpeakerId, SpeakerUid } from "../../../id.ts";
import type { CandidateIndex, Neighbor } from "../../../ports/candidate-index.ts";
import type { Gallery, GalleryPlace, GalleryProbe, GallerySearch } from "../../../ports/gallery.ts";
import type { Speaker } from "../../../ports/speaker.ts";
import type { Clock } from "../../../ports/world.ts";
import type { Cohort } from "../../../score/scoring/types.ts";
import type { UnitVector } from "../../../score/scoring/vector.ts";
import { galleryBytes } from "../../shared/gallery-bytes.ts";
import type { Templates } from "../../shared/templates.ts";
import { BEGINNING, changesAfter, type Position, positionAt, windowStart } from "../changes.ts";
import { learnRotations, put } from "../gallery.ts";
import { isCompared } from "../gallery-build.ts";
import { speakerOf } from "../items-speaker.ts";
import { speakerKey } from "../keys.ts";
import { nextRun, noRuns, type Runs } from "../runs.ts";
import { STALE_MS } from "../snapshot.ts";
import type { Table } from "../table.ts";
import { type IndexState, type Ledger, type Mark, visibleMark } from "./ledger.ts";

/** How many neighbors to score at least: the best by AS-Norm are near the best by cosine. */
const NEIGHBORS = 100;
/** A tail with more changes starts again from a newer mark. */
const LONG_TAIL = 5000;

/**
 * The voices that changed since a mark, in memory.
 *
 * changed: for each of them the entry in the log, and whether it is compared. start: the mark's
 * entry. counted: the number of compared voices of the registry, by the state of a version
 */
type Tail = {
  cohort: Cohort;
  index: GalleryIndex;
  readonly bytes: number;
  changed: Map<SpeakerUid, { lsn: string; compared: boolean }>;
  position: Position;
  start: string | undefined;
  followedAt: number;
  counted: { version: number; voices: number } | undefined;
} & Runs;

/**
 * A gallery for registries that don't fit into memory. It asks a candidate index for the nearest
 * voices, adds those that changed lately, and scores both exactly from the table. Smaller
 * registries, and those that aren't indexed yet, are searched in `whole`.
 *
 * from  the number of voices from which the index is used
 */
export function candidateGallery(given: {
  table: Table;
  index: CandidateIndex;
  templates: Templates;
  ledger: Ledger;
  whole: Gallery;
  clock: Pick<Clock, "now">;
  from: number;
}): Gallery {
  const { table, index, templates, ledger, whole, clock } = given;
  const now = () => clock.now().getTime();
  const tails = indexCache(emptyTail, galleryBytes());

  async function read(place: GalleryPlace, ids: readonly SpeakerId[]): Promise<Speaker[]> {
    const items = await table.getMany(ids.map((speakerId) => speakerKey(place.registryId, speakerId)));
    const speakers = items.map((item) => speakerOf(place.registryId, item));
    return Promise.all(speakers.filter((speaker) => isCompared(speaker, place.modelId)).map(plain));
  }

  async function plain({ templateGeneration = 0, ...speaker }: Speaker): Promise<Speaker> {
    const rotation = await templates.rotation(speaker.registryId, templateGeneration, speaker.sum.length);
    return { ...speaker, sum: rotation.undo(speaker.sum) };
  }

  /**
   * The index holds the voices as they are stored, so it is asked with the probe as it would be
   * stored: while template keys are renewed, under each of them.
   */
  async function nearest(place: GalleryPlace, probe: UnitVector, count: number): Promise<Neighbor[]> {
    const { generation, former = [] } = await templates.state(place.registryId);
    const found = new Map<SpeakerUid, Neighbor>();
    for (const one of [generation, ...former]) {
      const rotation = await templates.rotation(place.registryId, one, probe.length);
      const voice = one === 0 ? probe : rotatedUnit(rotation, probe);
      for (const neighbor of await index.nearest(place, voice, count)) found.set(neighbor.uid, neighbor);
    }
    return [...found.values()];
  }

  async function follow(place: GalleryPlace, tail: Tail, state: IndexState, mark: Mark): Promise<void> {
    const at = now();
    const isLong = tail.changed.size > LONG_TAIL && tail.start !== mark.furthest;
    if (tail.start === undefined || isLong || at - tail.followedAt > STALE_MS) restart(tail, mark);
    let followed = false;
    for await (const { changes, position } of changesAfter(table, place.registryId, tail.position)) {
      const speakers = changes.flatMap(({ speaker }) => speaker ?? []);
      await learnRotations(templates, place.registryId, tail.index, speakers);
      for (const { lsn, uid, speaker } of changes) {
        tail.changed.set(uid, { lsn, compared: isCompared(speaker, place.modelId) });
        put(tail.index, { uid, speaker }, place.modelId);
      }
      tail.position = position;
      followed = true;
    }
    tail.followedAt = at;
    if (followed || tail.counted?.version !== state.version) tail.counted = await count(place, tail, state);
  }

  /** Reads the state again until the items of the ledger were read under one version of it. */
  async function count(place: GalleryPlace, { changed }: Tail, state: IndexState) {
    for (let current = state; ; ) {
      const { version, furthest, voices } = current;
      const open = [...changed].filter(([, { lsn }]) => lsn >= windowStart(furthest));
      const uids = open.map(([uid]) => uid);
      const standingOf = await ledger.standings(place, uids, version);
      const again = await ledger.read(place);
      if (!again || again.version === version) {
        const more = open.reduce(
          (sum, [uid, { compared }]) => sum + Number(compared) - Number(standingOf(uid).counted),
          0,
        );
        return { version, voices: voices + more };
      }
      current = again;
    }
  }

  async function searchTail(place: GalleryPlace, tail: Tail, probe: GalleryProbe, limit: number) {
    const count = Math.min(index.most, Math.max(NEIGHBORS, limit));
    const neighbors = await nearest(place, probe.embedding, count);
    const others = neighbors.filter(({ uid }) => !tail.changed.has(uid));
    const uids = new Set(others.map(({ uid }) => uid));
    const speakers = await read(
      place,
      others.map(({ speakerId }) => speakerId),
    );
    // The lowest number makes callers ask for more, which the index has.
    const hasMore = neighbors.length >= count && count < index.most;
    const unseen = hasMore ? -Number.MAX_VALUE : Number.NEGATIVE_INFINITY;
    const indexed = exactHits(
      ...([speakers.filter(({ uid }) => uids.has(uid)), probe, limit, unseen] as const),
    );
    return merged(indexed, searchIndex(tail.index, probe, limit, undefined));
  }

  return {
    async search(registryId, probe, limit, within) {
      const place = { registryId, modelId: probe.modelId };
      const state = await ledger.read(place);
      const mark = state && visibleMark(state, now(), index.visibleAfterMs);
      if (!state || !mark || state.voices < given.from) return whole.search(registryId, probe, limit, within);
      if (within) {
        const speakers = await read(place, [...within]);
        return { ...exactHits(speakers, probe, limit), searched: speakers.length };
      }
      const tail = tails.get(`${registryId}/${probe.modelId}`, probe.cohort);
      await nextRun(tail, () => follow(place, tail, state, mark));
      const searched = tail.counted?.voices ?? state.voices;
      return { ...(await searchTail(place, tail, probe, limit)), searched };
    },
  };
}

const emptyTail = (cohort: Cohort): Tail => ({
  cohort,
  index: makeGalleryIndex(cohort),
  get bytes() {
    return this.index.bytes;
  },
  changed: new Map(),
  position: BEGINNING,
  start: undefined,
  followedAt: 0,
  counted: undefined,
  ...noRuns(),
});

function restart(tail: Tail, { furthest }: Mark): void {
  tail.index = makeGalleryIndex(tail.cohort);
  tail.changed = new Map();
  tail.position = positionAt(furthest);
  tail.start = furthest;
}

type Found = Pick<GallerySearch, "floor" | "hits">;

function merged(a: Found, b: Found): Found {
  const floor = Math.max(a.floor, b.floor);
  const hits = [...a.hits, ...b.hits].filter(({ score, error }) => score + error >= floor);
  return { hits: hits.sort((x, y) => y.score - x.score), floor };
}
