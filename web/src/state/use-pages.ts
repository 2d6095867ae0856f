import { useEffect, useState } from "preact/hooks";
import type { Problem } from "../api/client.ts";
import { useAction } from "./use-load.ts";

type Page<T> = { items: readonly T[]; next: string | null };
export type Pages<T> = {
  /** Undefined until the first page arrived. */
  items: readonly T[] | undefined;
  more: boolean;
  busy: boolean;
  problem: Problem | undefined;
  loadMore(): void;
  reload(): void;
};

/** A list that is read page by page, from the start again whenever one of `inputs` changes. */
export function usePages<T>(
  load: (cursor?: string) => Promise<Page<T>>,
  inputs: readonly unknown[],
): Pages<T> {
  const [items, setItems] = useState<readonly T[]>();
  const [next, setNext] = useState<string | null>(null);
  const [round, setRound] = useState(0);
  const action = useAction();
  useEffect(() => {
    let latest = true;
    setItems(undefined);
    action.restart(async () => {
      const page = await load();
      if (!latest) return;
      setItems(page.items);
      setNext(page.next);
    });
    return () => {
      latest = false;
    };
  }, [...inputs, round]);
  const loadMore = () =>
    action.run(async () => {
      const page = await load(next ?? undefined);
      setItems([...(items ?? []), ...page.items]);
      setNext(page.next);
    });
  const reload = () => setRound((one) => one + 1);
  return { items, more: next !== null, busy: action.busy, problem: action.problem, loadMore, reload };
}
