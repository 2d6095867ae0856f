/**
 * requests  that the table counts, the present one included; 0: it is rejected
 * left      further requests that the quota admits
 * endsAt    when the oldest counted request stops counting; epoch milliseconds
 */
export type Admitted = { requests: number; left: number; endsAt: number };

/** A process asks for this part of the requests that it had in the last cell. */
const PART_OF_RECENT = 1 / 4;
/** And for no more than this part of what the quota has left, so that it ends exactly. */
const PART_OF_LEFT = 1 / 16;
/** Counters to remember before those of past cells are dropped. */
const MOST_COUNTERS = 1000;

type Held = { cell: number; used: number; usedBefore: number } & Admitted;

/**
 * Admits requests from those that this process has counted ahead, in the cell in which they were
 * counted, and asks for more by `count`. A process with few requests counts each one by itself.
 * Those that it doesn't use stay counted, so a quota is reached early, never late: at most a
 * quarter of its requests in a cell.
 */
export function admittedAhead() {
  const counters = new Map<string, Held>();

  function heldIn(name: string, cell: number): Held {
    const held = counters.get(name);
    if (held?.cell === cell) return held;
    if (counters.size >= MOST_COUNTERS)
      for (const [other, { cell: last }] of counters) if (last < cell - 1) counters.delete(other);
    const usedBefore = held?.cell === cell - 1 ? held.used : 0;
    const fresh = { cell, used: 0, usedBefore, requests: 0, left: 0, endsAt: 0 };
    counters.set(name, fresh);
    return fresh;
  }

  return async (
    name: string,
    cell: number,
    count: (wanted: (left: number) => number) => Promise<Admitted>,
  ): Promise<Admitted> => {
    const held = heldIn(name, cell);
    held.used++;
    if (held.requests > 0) {
      held.requests--;
      return { requests: 1, left: held.left + held.requests, endsAt: held.endsAt };
    }
    const recent = Math.max(held.used, held.usedBefore) * PART_OF_RECENT;
    const counted = await count((left) => Math.max(1, Math.floor(Math.min(recent, left * PART_OF_LEFT))));
    const more = Math.max(0, counted.requests - 1);
    Object.assign(held, { left: counted.left, endsAt: counted.endsAt, requests: held.requests + more });
    return { ...counted, left: counted.left + more };
  };
}
