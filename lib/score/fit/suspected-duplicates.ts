type Scored = { genuine: boolean; enrolled: string; probe: string; score: number };

/**
 * Pairs of names that are most likely one person: over all their trials they score above `bar` on the mean. Left in, one
 * such pair alone sets every threshold below a FAR of 1 %. Each pair sorted; highest mean first.
 */
export function suspectedDuplicates(trials: readonly Scored[], bar: number): [string, string][] {
  const pairs = new Map<string, { names: [string, string]; sum: number; count: number }>();
  for (const { enrolled, probe, score } of trials.filter(({ genuine }) => !genuine)) {
    const names: [string, string] = enrolled < probe ? [enrolled, probe] : [probe, enrolled];
    const pair = pairs.get(names.join("\n")) ?? { names, sum: 0, count: 0 };
    pair.sum += score;
    pair.count++;
    pairs.set(names.join("\n"), pair);
  }
  const mean = ({ sum, count }: { sum: number; count: number }) => sum / count;
  return [...pairs.values()]
    .filter((pair) => mean(pair) > bar)
    .sort((a, b) => mean(b) - mean(a))
    .map(({ names }) => names);
}
