import type { Page } from "../lib/ports/speaker.ts";

const LIMIT = 1000;

/** Reads all pages of a list. read: resolves to the page that starts after `after` */
export async function allPages<T>(
  read: (page: { limit: number; after: string | undefined }) => Promise<Page<T>>,
): Promise<T[]> {
  const all: T[] = [];
  let after: string | undefined;
  do {
    const page = await read({ limit: LIMIT, after });
    all.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return all;
}
