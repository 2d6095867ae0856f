/** Finds the rows of IDs. A Map of a million strings would take 100 MB, this takes 8 to 16. */
export type IdTable = {
  /** Adds a row, which must not be in the table. */
  add(id: string, row: number): void;
  /** Returns the row for which `matches` is true, among those whose ID has the same hash. */
  find(id: string, matches: (row: number) => boolean): number | undefined;
};

const SMALLEST = 1024;
const FREE = 0xffffffff;

/**
 * A hash table with open addressing, at most half full. Rows are never removed: `matches` tells.
 */
export function idTable(): IdTable {
  let hashes = new Uint32Array(SMALLEST);
  let rows = new Uint32Array(SMALLEST).fill(FREE);
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
    add(id, row) {
      if (2 * (count + 1) > rows.length) grow();
      place(hashOf(id), row);
      count += 1;
    },
    find(id, matches) {
      const hash = hashOf(id);
      for (let at = hash % rows.length; ; at = (at + 1) % rows.length) {
        const row = rows[at];
        if (row === undefined || row === FREE) return undefined;
        if (hashes[at] === hash && matches(row)) return row;
      }
    },
  };
}

/** FNV-1a in 32 bits. */
function hashOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
