/**
 * The vectors behind the stand-ins of vector indexes: exact search, with the faults of real ones.
 */

/**
 * delayMs: after which a write is visible. missed: of these keys, searches find none. lost: writes
 * of these keys vanish without an error. throttles: this many of the next calls are refused
 */
export type Knobs = {
  delayMs: number;
  missed: (key: string) => boolean;
  lost: (key: string) => boolean;
  throttles: number;
};
export type StoredVector = { key: string; vector: Float32Array; data: unknown };

export type ExactVectors = ReturnType<typeof exactVectors>;

/** now: epoch milliseconds, for `delayMs` */
export function exactVectors(now: () => number = Date.now) {
  const spaces = new Map<string, Map<string, StoredVector>>();
  const knobs: Knobs = { delayMs: 0, missed: () => false, lost: () => false, throttles: 0 };
  const waiting: { at: number; change: () => void }[] = [];
  const spaceOf = (space: string) => {
    const found = spaces.get(space) ?? new Map<string, StoredVector>();
    spaces.set(space, found);
    return found;
  };
  const write = (change: () => void) => {
    waiting.push({ at: now() + knobs.delayMs, change });
  };
  /** In order of the writes: one that is early waits for those before it. */
  const settle = () => {
    while (waiting[0] && waiting[0].at <= now()) waiting.shift()?.change();
  };
  return {
    knobs,
    put(space: string, given: { key: string; vector: readonly number[]; data: unknown }) {
      if (knobs.lost(given.key)) return;
      // As the services store them.
      write(() => spaceOf(space).set(given.key, { ...given, vector: Float32Array.from(given.vector) }));
    },
    remove: (space: string, key: string) => write(() => spaceOf(space).delete(key)),
    /** Nearest first, by cosine. */
    search(space: string, probe: readonly number[], count: number): (StoredVector & { cosine: number })[] {
      settle();
      return [...spaceOf(space).values()]
        .filter(({ key }) => !knobs.missed(key))
        .map((one) => ({ ...one, cosine: cosineOf(one.vector, probe) }))
        .sort((a, b) => b.cosine - a.cosine)
        .slice(0, count);
    },
    /** Everything that is stored, as text. */
    dump() {
      settle();
      return JSON.stringify([...spaces].map(([space, vectors]) => [space, [...vectors.values()]]));
    },
    /** Whether the next call is refused as too many. */
    isThrottled: () => knobs.throttles > 0 && knobs.throttles-- > 0,
  };
}

function cosineOf(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [product, ofA, ofB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    product += a[i] * b[i];
    ofA += a[i] ** 2;
    ofB += b[i] ** 2;
  }
  return product / Math.sqrt(ofA * ofB);
}
