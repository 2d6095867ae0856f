/** Finds the rows of IDs. A Map of a million strings would take 100 MB, this takes 8 to 16. */
export type IdTable = {
  /** Adds a row whose ID has this hash. */
  add(hash: number, row: number): void;
  /** Returns the row for which `matches` is true, among those whose ID has the same hash. */
  find(hash: number, matches: (row: number) => boolean): number | undefined;
};

const SMALLEST = 1024;
const FREE = 0xffffffff;

/**
 * A hash table with open addressing, at most half full. Rows are never removed: `matches` tells.
 *
 * expected: how many rows it can take before it grows, which takes a while
 */
export function idTable(expected = 0): IdTable {
  const size = 2 ** Math.ceil(Math.log2(Math.max(SMALLEST, 2 * (expected + 1))));
  let hashes = new Uint32Array(size);
  let rows = new Uint32Array(size).fill(FREE);
  let count = 0;

  const place = (hash: number, row: number) => {
    let at = hash % rows.length;
    while (rows[at] !== FREE) at = (at + 1) % rows.length;
    hashes[at] = hash;
    rows[at] = row;
  };
  const grow = () => {
    const [oldHashes, oldRows] = [hashes, rows];
    hashes = new Uint32Array(2 * oldRows.length);
    rows = new Uint32Array(2 * oldRows.length).fill(FREE);
    for (const [at, row] of oldRows.entries()) if (row !== FREE) place(oldHashes[at] ?? 0, row);
  };

  return {
    add(hash, row) {
      if (2 * (count + 1) > rows.length) grow();
      place(hash, row);
      count += 1;
    },
    find(hash, matches) {
      for (let at = hash % rows.length; ; at = (at + 1) % rows.length) {
        const row = rows[at];
        if (row === undefined || row === FREE) return undefined;
        if (hashes[at] === hash && matches(row)) return row;
      }
    },
  };
}

/** FNV-1a in 32 bits, of the bytes from..to. */
export function hashOf(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let hash = 0x811c9dc5;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
  return hash >>> 0;
}
