import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GalleryInfo } from "../../gallery/file/format.ts";
import { readRows } from "../../gallery/file/read.ts";
import { type RowSorter, rowSorter } from "../../gallery/file/sort.ts";
import { isOfGeneration, rowOf } from "../../gallery/row-of.ts";
import type { CohortId, ModelId, RegistryId } from "../../id.ts";
import type { GalleryPlace } from "../../ports/gallery.ts";
import type { Speaker } from "../../ports/speaker.ts";
import type { Clock } from "../../ports/world.ts";
import { matchesCohort } from "../../score/scoring/norm.ts";
import type { Blobs } from "./blobs.ts";
import { BEGINNING, type Change, changesAfter, type Position } from "./changes.ts";
import { REFRESHED_UID } from "./keys.ts";
import { isFreshHead, openSnapshot, positionOf, readHead, writeSnapshot } from "./snapshot.ts";
import type { Table } from "./table.ts";

/**
 * Up to this many voices, a registry needs no snapshot: reading the table takes a second or two.
 */
const DIRECT = 200;
/**
 * The tail of the log is folded into the snapshot from this length, or from this part of the
 * snapshot's.
 */
const LONG_TAIL = 200;
const LONG_PART = 0.05;
/** How far the clocks of two functions may differ. */
const SKEW_MS = 60_000;

export type BuildStores = { table: Table; blobs: Blobs; clock: Pick<Clock, "now">; drawLsn: () => string };
/** voices: the number of compared voices */
export type Built = { outcome: "small" | "kept" | "written" | "overtaken" | "indexed"; voices: number };

/**
 * Whether searches compare this speaker. They skip erased speakers, those without clips, and other
 * models.
 */
export const isCompared = (speaker: Speaker | undefined, modelId: ModelId): speaker is Speaker =>
  speaker !== undefined && speaker.clips.length > 0 && speaker.modelId === modelId;

/**
 * Brings a registry's snapshot up to date from the change log.
 *
 * Writes a new snapshot when the tail of the log has become long, or when a voice that can be in
 * the snapshot was erased or changed: a snapshot must not keep a voice that its speaker no longer
 * has. Concurrent builders and repeated or missing events do no harm, because the log is the source
 * of truth, and the same voices give the same bytes. Of two concurrent writers, one is "overtaken".
 */
export async function buildGallery(
  stores: BuildStores,
  registryId: RegistryId,
  modelId: ModelId,
): Promise<Built> {
  const folder = await mkdtemp(join(tmpdir(), "voiceroll-gallery-"));
  try {
    return await buildIn(folder, stores, { registryId, modelId });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function buildIn(folder: string, stores: BuildStores, place: GalleryPlace): Promise<Built> {
  const { blobs, clock, drawLsn } = stores;
  const at = clock.now().getTime();
  const stored = await readHead(blobs, place);
  // Reads only its directory; the rows are read to write the next one.
  const base = isFreshHead(stored, at) ? await openSnapshot(blobs, place, at) : undefined;
  // Another builder has just replaced the snapshot.
  if (base && base.head.object !== stored.head?.object) return buildIn(folder, stores, place);
  let tail = await readTail(stores, place, { folder, at: base?.head.at, ...startOf(base) });
  try {
    if (base && isShort(tail, base.head.rows))
      return { outcome: "kept", voices: base.head.rows + tail.added };
    const fromStart = base && tail.restated > longTail(base.head.rows);
    if (fromStart) {
      await tail.sorter?.close();
      tail = await readTail(stores, place, { folder, at: undefined, ...startOf(undefined) });
    }
    const { sorter, info } = tail;
    if (stored.etag === null && tail.added <= DIRECT) return { outcome: "small", voices: tail.added };
    if (!sorter || !info) return { outcome: "small", voices: 0 };
    const rows = sorter.rows(base && !fromStart ? readRows(base.file) : undefined);
    const made = { info, rows, position: tail.position, at, name: drawLsn() };
    const head = await writeSnapshot(blobs, place, stored, made);
    return { outcome: head ? "written" : "overtaken", voices: head?.rows ?? tail.added };
  } finally {
    await tail.sorter?.close();
  }
}

const startOf = (base: Awaited<ReturnType<typeof openSnapshot>>) => ({
  from: base ? positionOf(base.head) : BEGINNING,
  info: base?.file.info,
});

/**
 * The changes after a snapshot.
 *
 * added: number of voices that the snapshot can't have
 * altered: number of changes that can concern a voice of the snapshot
 * restated: number of voices with statistics against another cohort than the file's, or under
 * another template key. Infinity: the statistics of all may have been replaced
 * sorter, info: undefined if there is no change and no snapshot
 */
type Tail = {
  added: number;
  altered: number;
  restated: number;
  position: Position;
  sorter: RowSorter | undefined;
  info: GalleryInfo | undefined;
};

/** Reads the log after a snapshot. at: when the snapshot was read. Undefined: there is none */
async function readTail(
  { table }: Pick<BuildStores, "table">,
  { registryId, modelId }: GalleryPlace,
  start: { folder: string; at: number | undefined; from: Position; info: GalleryInfo | undefined },
): Promise<Tail> {
  const { info, from: position } = start;
  const sorter = info && rowSorter(info, start.folder);
  const tail: Tail = { added: 0, altered: 0, restated: 0, position, sorter, info };
  for await (const { changes, position: reached } of changesAfter(table, registryId, position)) {
    tail.info ??= infoFrom(changes, modelId);
    if (tail.info) tail.sorter ??= rowSorter(tail.info, start.folder);
    for (const { uid, speaker } of changes) {
      if (uid === REFRESHED_UID) tail.restated = Number.POSITIVE_INFINITY;
      if (!isCompared(speaker, modelId)) {
        tail.sorter?.remove(uid);
        tail.altered += 1;
        continue;
      }
      if (!tail.sorter || !tail.info) continue;
      await tail.sorter.add(rowOf(speaker, tail.info));
      if (start.at !== undefined && Date.parse(speaker.createdAt) <= start.at + SKEW_MS) tail.altered += 1;
      else tail.added += 1;
      const { cohortId: id, cohortErased: erased } = tail.info;
      const isOfCohort = !speaker.stats || matchesCohort(speaker.stats, { id, erased });
      if (!isOfCohort || !isOfGeneration(speaker, tail.info)) tail.restated += 1;
    }
    tail.position = reached;
  }
  return tail;
}

const longTail = (rows: number): number => Math.max(LONG_TAIL, rows * LONG_PART);
const isShort = ({ added, altered }: Tail, rows: number): boolean => altered === 0 && added < longTail(rows);

/**
 * The file gets the cohort and the template key of most of these voices. Undefined if none is
 * compared.
 */
function infoFrom(changes: readonly Change[], modelId: ModelId): GalleryInfo | undefined {
  const speakers = changes.flatMap(({ speaker }) => (isCompared(speaker, modelId) ? [speaker] : []));
  const [first] = speakers;
  if (!first) return undefined;
  const counts = new Map<string, number>();
  for (const { stats, templateGeneration = 0 } of speakers) {
    const name = `${templateGeneration} ${stats ? `${stats.cohortId} ${stats.erased ?? 0}` : ""}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const [[name]] = [...counts].sort((a, b) => b[1] - a[1]) as [[string, number]];
  const [generation, cohortId = "", erased] = name.split(" ");
  const dimension = first.sum.length;
  return {
    generation: Number(generation),
    ...{ modelId, dimension, cohortId: cohortId as CohortId, cohortErased: Number(erased ?? 0) },
    normalized: cohortId !== "",
  };
}
