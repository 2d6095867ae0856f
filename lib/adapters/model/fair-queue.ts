/** A bounded queue that serves its owners in turn; within one owner, first in, first out. */
export type FairQueue<Item> = {
  readonly size: number;
  /** Returns false, and does not add the item, if the queue is full. */
  push(owner: string, item: Item): boolean;
  /** The oldest item of the owner whose turn it is; undefined if the queue is empty. */
  shift(): Item | undefined;
  /** Takes an item out, wherever it is. Returns false if it is not in the queue (any more). */
  remove(owner: string, item: Item): boolean;
  /** Empties the queue and returns what was in it. */
  drain(): Item[];
};

/**
 * An owner with a thousand waiting items delays an owner with one by a single item.
 *
 * limit  the largest number of items over all owners, at least 1
 */
export function fairQueue<Item>(limit: number): FairQueue<Item> {
  // A Map iterates in insertion order: the first owner is the next to be served.
  const waiting = new Map<string, Item[]>();
  let size = 0;

  const keepIfAny = (owner: string, items: Item[]) => {
    if (items.length > 0) waiting.set(owner, items);
  };

  return {
    get size() {
      return size;
    },
    push(owner, item) {
      if (size >= limit) return false;
      const items = waiting.get(owner);
      if (items) items.push(item);
      else waiting.set(owner, [item]);
      size += 1;
      return true;
    },
    shift() {
      const first = waiting.entries().next().value;
      if (!first) return undefined;
      const [owner, items] = first;
      const item = items.shift();
      waiting.delete(owner);
      keepIfAny(owner, items);
      size -= 1;
      return item;
    },
    remove(owner, item) {
      const items = waiting.get(owner);
      const index = items?.indexOf(item) ?? -1;
      if (!items || index < 0) return false;
      items.splice(index, 1);
      if (items.length === 0) waiting.delete(owner);
      size -= 1;
      return true;
    },
    drain() {
      const items = [...waiting.values()].flat();
      waiting.clear();
      size = 0;
      return items;
    },
  };
}
