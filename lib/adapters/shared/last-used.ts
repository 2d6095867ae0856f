/** What was asked for last, `most` of it: for records that take longer to parse than to work on. */
export function lastUsed<T>(most: number) {
  const kept = new Map<string, T>();
  return {
    has: (name: string): boolean => kept.has(name),
    get: (name: string): T | undefined => kept.get(name),
    /** Of a name that stands already, too: from now on it is the last used. */
    set(name: string, value: T): void {
      // Set again: the order of a Map is that of insertion, so the first is the one longest unused.
      kept.delete(name);
      kept.set(name, value);
      if (kept.size > most) kept.delete([...kept.keys()][0]);
    },
  };
}
