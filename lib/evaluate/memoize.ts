/**
 * Wraps a function of a name so that each distinct name is computed once: lists repeat each clip
 * often.
 */
export function memoize<Result>(compute: (name: string) => Result): (name: string) => Result {
  const results = new Map<string, { result: Result }>();
  return (name) => {
    const entry = results.get(name) ?? { result: compute(name) };
    results.set(name, entry);
    return entry.result;
  };
}
