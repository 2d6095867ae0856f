import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { SpeakerId, SpeakerUid } from "../../id.ts";
import type { GalleryInfo, GalleryRow } from "./format.ts";
import { type FileSource, NEAR, openGalleryFile, readRows } from "./read.ts";
import { galleryFile } from "./write.ts";

/**
 * Sorts any number of rows by uid. Keeps at most `RUN_ROWS` of them in memory, the others in sorted
 * files.
 */
export type RowSorter = {
  /** Replaces an earlier row of the uid. */
  add(row: GalleryRow): Promise<void>;
  remove(uid: SpeakerUid): void;
  /**
   * Yields the rows in order of uid, each once. base: earlier rows in order, which are replaced and
   * removed too
   */
  rows(base?: AsyncIterable<GalleryRow>): AsyncGenerator<GalleryRow>;
  /** Deletes the files. */
  close(): Promise<void>;
};

/**
 * About 20 MB with 192 dimensions. Merging takes two blocks of each run: 25 MB for a million rows.
 */
export const RUN_ROWS = 20_000;

/** folder: for temporary files. It must exist */
export function rowSorter(info: GalleryInfo, folder: string, runRows = RUN_ROWS): RowSorter {
  const pending = packedRows(info.dimension, runRows);
  const removed = new Set<SpeakerUid>();
  const runs: { path: string; file: Awaited<ReturnType<typeof open>>; source: FileSource }[] = [];

  const spill = async () => {
    const path = join(folder, `run-${runs.length}`);
    const file = await open(path, "wx+", 0o600);
    for await (const part of galleryFile(info, pending.sorted())) await file.write(part);
    runs.push({ path, file, source: await fileSource(file) });
    pending.clear();
  };

  return {
    async add(row) {
      removed.delete(row.uid);
      pending.set(row);
      if (pending.isFull()) await spill();
    },
    remove(uid) {
      pending.delete(uid);
      removed.add(uid);
    },
    async *rows(base) {
      const files = await Promise.all(runs.map(({ source }) => openGalleryFile(source)));
      if (files.includes(undefined)) throw new RangeError("a temporary file is damaged");
      const sources = [
        ...(base ? [base] : []),
        ...files.flatMap((file) => (file ? [readRows(file, NEAR)] : [])),
      ];
      for await (const row of merge([...sources, pending.sorted()])) if (!removed.has(row.uid)) yield row;
    },
    async close() {
      for (const { file, path } of runs.splice(0)) {
        await file.close();
        await rm(path, { force: true });
      }
    },
  };
}

/**
 * Up to `most` rows in two blocks of memory: objects for each row would take several times as much,
 * and the garbage collector would copy them.
 */
function packedRows(dimension: number, most: number) {
  const codes = new Int8Array(most * dimension);
  const numbers = new Float32Array(most * 4);
  const speakerIds: SpeakerId[] = [];
  const rowOf = new Map<SpeakerUid, number>();

  const read = (uid: SpeakerUid, row: number): GalleryRow => {
    const [scale = 0, error = 0, mean = 0, std = 0] = numbers.subarray(4 * row, 4 * row + 4);
    const speakerId = speakerIds[row] ?? ("" as SpeakerId);
    const own = codes.subarray(row * dimension, (row + 1) * dimension);
    return { uid, speakerId, codes: own, scale, error, mean, std };
  };
  return {
    isFull: () => speakerIds.length === most,
    set({ uid, speakerId, scale, error, mean, std, codes: own }: GalleryRow) {
      const row = rowOf.get(uid) ?? speakerIds.length;
      rowOf.set(uid, row);
      speakerIds[row] = speakerId;
      codes.set(own, row * dimension);
      numbers.set([scale, error, mean, std], 4 * row);
    },
    delete: (uid: SpeakerUid) => rowOf.delete(uid),
    clear() {
      speakerIds.length = 0;
      rowOf.clear();
    },
    *sorted(): Generator<GalleryRow> {
      const uids = [...rowOf.keys()].sort();
      for (const uid of uids) yield read(uid, rowOf.get(uid) ?? 0);
    },
  };
}

/** Reads a gallery file on a disk. */
export async function fileSource(file: Awaited<ReturnType<typeof open>>): Promise<FileSource> {
  const { size } = await file.stat();
  return {
    size,
    async read(from, to) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(to - from), 0, to - from, from);
      return bytesRead === to - from ? buffer : undefined;
    },
  };
}

type Sorted = AsyncIterable<GalleryRow> | Iterable<GalleryRow>;

/** Merges rows in order of uid. Of several rows of one uid, that of the last source counts. */
async function* merge(sources: readonly Sorted[]): AsyncGenerator<GalleryRow> {
  const iterators = sources.map((source) =>
    Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator](),
  );
  const nexts = await Promise.all(iterators.map((one) => one.next()));
  for (;;) {
    let first: GalleryRow | undefined;
    for (const next of nexts) if (!next.done && (!first || next.value.uid <= first.uid)) first = next.value;
    if (!first) return;
    const { uid } = first;
    for (const [i, next] of nexts.entries())
      if (!next.done && next.value.uid === uid) nexts[i] = (await iterators[i]?.next()) ?? next;
    yield first;
  }
}
