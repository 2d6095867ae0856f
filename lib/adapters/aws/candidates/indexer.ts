import type { CandidateIndex } from "../../../ports/candidate-index.ts";
import type { GalleryPlace } from "../../../ports/gallery.ts";
import type { Clock } from "../../../ports/world.ts";
import { fromFixed } from "../../../score/scoring/fixed-point.ts";
import { type Change, changesAfter, type Position, positionAt } from "../changes.ts";
import { isCompared } from "../gallery-build.ts";
import type { Table } from "../table.ts";
import { type IndexState, type Ledger, type Mark, NOT_INDEXED, visibleMark } from "./ledger.ts";

/** At most this many marks, evenly over the time in which a write becomes visible. */
const MARKS = 30;

/** overtaken: another indexer runs. isVisible: whether searches can use the index */
export type IndexRun = { overtaken: boolean; voices: number; isVisible: boolean };

/**
 * Returns a function that brings the candidate index of a registry up to date with the change log.
 *
 * The function that follows the table's stream calls it, one run at a time for each registry. A run
 * that is cut off continues where it was, and events that are repeated, missing or out of order do
 * no harm, because the log is the source of truth.
 */
export function candidateIndexer(stores: {
  table: Table;
  index: CandidateIndex;
  ledger: Ledger;
  clock: Pick<Clock, "now">;
}): (place: GalleryPlace) => Promise<IndexRun> {
  const { table, index, ledger, clock } = stores;
  /** Where this process is in each log, so that it doesn't index the log's last minute again. */
  const reached = new Map<string, Position>();

  async function indexChanges(place: GalleryPlace, changes: readonly Change[]): Promise<void> {
    const present = changes.flatMap(({ uid, speaker }) =>
      isCompared(speaker, place.modelId)
        ? [{ uid, speakerId: speaker.speakerId, voice: fromFixed(speaker.sum) }]
        : [],
    );
    const kept = new Set(present.map(({ uid }) => uid));
    const gone = changes.map(({ uid }) => uid).filter((uid) => !kept.has(uid));
    if (gone.length > 0) await index.remove(place, gone);
    if (present.length > 0) await index.put(place, present);
  }

  /** How many voices more there are. */
  async function countChanges(
    place: GalleryPlace,
    changes: readonly Change[],
    version: number,
  ): Promise<number> {
    const uids = changes.map(({ uid }) => uid);
    const standingOf = await ledger.standings(place, uids, version);
    const counts = changes.map(({ uid, speaker }) => ({
      ...{ uid, counts: isCompared(speaker, place.modelId) },
      ...standingOf(uid),
    }));
    const changed = counts.filter((one) => one.counts !== one.stored);
    await ledger.count(place, changed, version + 1, clock.now());
    return counts.reduce((sum, one) => sum + Number(one.counts) - Number(one.counted), 0);
  }

  return async (place) => {
    const name = `${place.registryId}/${place.modelId}`;
    let state = (await ledger.read(place)) ?? NOT_INDEXED;
    const known = reached.get(name);
    const from = known && known.furthest === state.furthest ? known : positionAt(state.furthest);
    const advance = async (next: Omit<IndexState, "version">): Promise<boolean> => {
      const made = { ...next, version: state.version + 1 };
      const done = await ledger.advance(place, made);
      if (done) state = made;
      return done;
    };
    const result = (overtaken: boolean): IndexRun => ({
      overtaken,
      voices: state.voices,
      isVisible: visibleMark(state, clock.now().getTime(), index.visibleAfterMs) !== undefined,
    });
    for await (const { changes, position } of changesAfter(table, place.registryId, from)) {
      const last = [...new Map(changes.map((change) => [change.uid, change])).values()];
      await indexChanges(place, last);
      const more = await countChanges(place, last, state.version);
      const { marks, voices } = state;
      if (!(await advance({ marks, voices: voices + more, furthest: position.furthest })))
        return result(true);
      reached.set(name, position);
    }
    const marks = withMark(state, clock.now().getTime(), index.visibleAfterMs);
    if (marks !== state.marks && !(await advance({ ...state, marks }))) return result(true);
    return result(false);
  };
}

/** Adds a mark for the end of the log, and drops those that no reader needs. */
function withMark({ marks, furthest }: IndexState, at: number, visibleAfterMs: number): readonly Mark[] {
  const last = marks.at(-1);
  if (furthest === undefined || last?.furthest === furthest) return marks;
  if (last && at - last.at < visibleAfterMs / MARKS) return marks;
  const all = [...marks, { at, furthest }];
  const visible = all.findLastIndex((mark) => mark.at <= at - visibleAfterMs);
  return all.slice(Math.max(0, visible));
}
