import type { SpeakerId, SpeakerUid } from "../id.ts";
import { BLOCK_ROWS } from "../score/search/int8-matrix.ts";
import { slices } from "../slices.ts";
import { type BlockIds, speakerIdAt, uidAt } from "./file/block.ts";
import { hashOf, type IdTable, idTable } from "./id-table.ts";

/**
 * The IDs of the rows of a matrix. Those of rows that were loaded from a file stay bytes, since a
 * million pairs of strings would take 150 MB.
 */
export type RowIds = {
  /** The number of rows that were loaded. Later rows were added one by one. */
  readonly loaded: number;
  readonly bytes: number;
  /** Adds the IDs of a block. The uids of all blocks must ascend. */
  load(ids: BlockIds, rows: number): void;
  /** Sets the IDs of a row that wasn't loaded. */
  add(row: number, uid: SpeakerUid, speakerId: SpeakerId): void;
  uidOf(row: number): SpeakerUid;
  speakerIdOf(row: number): SpeakerId;
  rowOf(uid: SpeakerUid): number | undefined;
  /**
   * Prepares `rowOfSpeaker` in slices, so that other work gets its turn. Without it, its first call
   * takes 0.3 s for a million rows.
   */
  prepare(): Promise<void>;
  /** matches: also tells rows apart that had the same ID at different times */
  rowOfSpeaker(speakerId: SpeakerId, matches: (row: number) => boolean): number | undefined;
  /**
   * Overwrites the speaker ID, and the uid of a row that wasn't loaded. Loaded uids stay, because
   * `rowOf` searches among them; they name no person.
   */
  forget(row: number): void;
};

type Pair = { uid: SpeakerUid; speakerId: SpeakerId };
/** What an added row takes in memory, roughly. */
const PAIR_BYTES = 250;
/** Rows between two looks at the clock, which takes longer than a row. */
const CLOCKED_ROWS = 64;

export function rowIds(): RowIds {
  const blocks: BlockIds[] = [];
  const added: (Pair | undefined)[] = [];
  const rowOfAdded = new Map<SpeakerUid, number>();
  let [loaded, bytes] = [0, 0];
  /** Has the rows below `tabled`. */
  let bySpeaker: IdTable | undefined;
  let tabled = 0;

  const place = (row: number) => {
    const ids = blocks[Math.floor(row / BLOCK_ROWS)];
    if (!ids) throw new RangeError(`row ${row} was not loaded`);
    return { ids, at: row % BLOCK_ROWS };
  };
  const pairOf = (row: number): Pair => {
    if (row >= loaded) return added[row - loaded] ?? { uid: "spk_", speakerId: "" as SpeakerId };
    const { ids, at } = place(row);
    return { uid: uidAt(ids, at), speakerId: speakerIdAt(ids, at) };
  };
  const uidOf = (row: number) => pairOf(row).uid;
  const speakerIdOf = (row: number) => pairOf(row).speakerId;

  const hashOfRow = (row: number) => {
    if (row >= loaded) return hashOf(Buffer.from(speakerIdOf(row)));
    const { ids, at } = place(row);
    return hashOf(ids.text, ids.ends[2 * at], ids.ends[2 * at + 1]);
  };
  /** Adds rows to the table until all are in it, or until `isOver`. */
  const tableRows = (isOver: () => boolean) => {
    bySpeaker ??= idTable(loaded + added.length);
    while (tabled < loaded + added.length && (tabled % CLOCKED_ROWS > 0 || !isOver())) {
      bySpeaker.add(hashOfRow(tabled), tabled);
      tabled += 1;
    }
    return bySpeaker;
  };

  /** A binary search, because loaded uids ascend. */
  const loadedRowOf = (uid: SpeakerUid) => {
    let [low, high] = [0, loaded];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (uidOf(middle) < uid) low = middle + 1;
      else high = middle;
    }
    return low < loaded && uidOf(low) === uid ? low : undefined;
  };

  return {
    get loaded() {
      return loaded;
    },
    get bytes() {
      return bytes + added.length * PAIR_BYTES;
    },
    load(ids, rows) {
      // A copy: the block shares the memory of a range of the file, codes included.
      const copy = { ends: ids.ends.slice(), text: Buffer.from(Uint8Array.from(ids.text).buffer) };
      blocks.push(copy);
      loaded += rows;
      bytes += copy.ends.byteLength + copy.text.length;
    },
    add(row, uid, speakerId) {
      added[row - loaded] = { uid, speakerId };
      rowOfAdded.set(uid, row);
      if (row < tabled) bySpeaker?.add(hashOfRow(row), row);
    },
    uidOf,
    speakerIdOf,
    rowOf: (uid) => rowOfAdded.get(uid) ?? loadedRowOf(uid),
    async prepare() {
      const slice = slices();
      while (tabled < loaded + added.length) {
        tableRows(slice.isOver);
        await slice.next();
      }
    },
    rowOfSpeaker(speakerId, matches) {
      const hash = hashOf(Buffer.from(speakerId));
      return tableRows(() => false).find(hash, (row) => matches(row) && speakerIdOf(row) === speakerId);
    },
    forget(row) {
      if (row >= loaded) {
        rowOfAdded.delete(uidOf(row));
        added[row - loaded] = undefined;
        return;
      }
      const { ids, at } = place(row);
      ids.text.fill(0, ids.ends[2 * at], ids.ends[2 * at + 1]);
    },
  };
}
