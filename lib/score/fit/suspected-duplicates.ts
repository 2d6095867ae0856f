type Scored = { genuine: boolean; enrolled: string; probe: string; score: number };

/**
 * Returns pairs of names that are probably one person: the mean score of all their trials is above
 * `bar`. One such pair among impostor trials determines every threshold below a FAR of 1 %. Each
 * pair is sorted; highest mean first.
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
