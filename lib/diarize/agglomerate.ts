/** A merge of two clusters: the smallest item of each, and how similar they were. */
type Merge = { a: number; b: number; similarity: number };

/**
 * Clusters items by agglomeration with average linkage: merges the two clusters with the highest
 * mean similarity, until no two clusters reach `least`.
 *
 * similarity  [n (n - 1) / 2] of each pair i < j at j (j - 1) / 2 + i. Overwritten. For n = 5000 it
 *             takes 50 MB
 * returns     [n] the cluster of each item, numbered from 0 in order of their first items
 *
 * The nearest-neighbor chain finds the same merges as the greedy search in O(n^2), which is exact
 * for average linkage. Source: Murtagh 1983, doi:10.1093/comjnl/26.4.354.
 */
export function agglomerate(similarity: Float32Array, n: number, least: number): Int32Array {
  const parent = Int32Array.from({ length: n }, (_, i) => i);
  const rootOf = (i: number): number => {
    while (parent[i] !== i) i = parent[i] = parent[parent[i]];
    return i;
  };
  // Similarities never rise along the tree, so those that reach `least` form whole clusters.
  for (const merge of chainMerges(similarity, n))
    if (merge.similarity >= least) parent[rootOf(merge.b)] = rootOf(merge.a);
  return numbered(Int32Array.from({ length: n }, (_, i) => rootOf(i)));
}

/** Renumbers labels from 0, in order of appearance. */
export function numbered(labels: Int32Array): Int32Array {
  const numbers = new Map<number, number>();
  return labels.map((label) => {
    const number = numbers.get(label) ?? numbers.size;
    numbers.set(label, number);
    return number;
  });
}

/** The place of the pair i < j in a triangle without its diagonal, stored by columns. */
const pairAt = (i: number, j: number): number => (i < j ? (j * (j - 1)) / 2 + i : (i * (i - 1)) / 2 + j);

/** Overwrites the similarities. */
function chainMerges(similarity: Float32Array, n: number): Merge[] {
  const size = new Int32Array(n).fill(1);
  const open = Int32Array.from({ length: n }, (_, i) => i);
  let count = n;
  const merges: Merge[] = [];
  const chain: number[] = [];
  while (count > 1) {
    if (chain.length === 0) chain.push(open[0]);
    const last = chain[chain.length - 1];
    const before = chain[chain.length - 2];
    // Prefers the one before on ties, or else the chain could run in circles.
    let [nearest, best] = before === undefined ? [-1, -Infinity] : [before, similarity[pairAt(last, before)]];
    for (let k = 0; k < count; k++) {
      const other = open[k];
      if (other === last) continue;
      const value = similarity[pairAt(last, other)];
      if (value > best) [nearest, best] = [other, value];
    }
    if (nearest !== before) {
      chain.push(nearest);
      continue;
    }
    chain.length -= 2;
    const [a, b] = last < nearest ? [last, nearest] : [nearest, last];
    merges.push({ a, b, similarity: best });
    count = without(open, count, b);
    for (let k = 0; k < count; k++) {
      const other = open[k];
      if (other === a) continue;
      const sum = size[a] * similarity[pairAt(a, other)] + size[b] * similarity[pairAt(b, other)];
      similarity[pairAt(a, other)] = sum / (size[a] + size[b]);
    }
    size[a] += size[b];
  }
  return merges;
}

/** Takes an item out of the first `count`, which stay in order. Returns the new count. */
function without(items: Int32Array, count: number, item: number): number {
  items.copyWithin(items.indexOf(item), items.indexOf(item) + 1, count);
  return count - 1;
}
