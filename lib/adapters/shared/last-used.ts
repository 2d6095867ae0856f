/** A cache of the last used values, at most `most`, for records that are slow to parse. */
export function lastUsed<T>(most: number) {
  // A Map iterates in order of insertion, so its first entry is the one that was used least
  // recently.
  const values = new Map<string, T>();

  function set(name: string, value: T): void {
    values.delete(name);
    values.set(name, value);
    const [oldest] = values.keys();
    if (values.size > most && oldest !== undefined) values.delete(oldest);
  }

  return {
    get(name: string): T | undefined {
      const value = values.get(name);
      if (value !== undefined) set(name, value);
      return value;
    },
    set,
  };
}
