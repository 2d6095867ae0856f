/**
 * Union-find with path halving: items that are joined, directly or through others, share a
 * representative.
 */
export function disjointSets() {
  const parent = new Map<string, string>();
  const find = (item: string): string => {
    let at = item;
    for (let up = parent.get(at) ?? at; up !== at; up = parent.get(at) ?? at) {
      parent.set(at, parent.get(up) ?? up);
      at = up;
    }
    return at;
  };
  return { find, join: (a: string, b: string) => parent.set(find(a), find(b)) };
}
