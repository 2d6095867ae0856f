import type { Moment } from "../ports/page.ts";
import type { Page } from "../ports/speaker.ts";

/** Records to read at a time when most of them may not match. */
const CHUNK = 200;
/** A page of rare matches ends after this many records, so that a request stays short. */
const MOST_READ = 2000;

/**
 * A page of the records that match, newest first. Ends early, and may be empty, after 2,000 records
 * that don't match; `next` then continues the search.
 *
 * after    `next` of the previous page
 * read     the store's records, newest first, starting after a moment
 * filter   undefined: all match
 * from     the oldest time of a record, in epoch milliseconds
 */
export async function newestPage<T>({
  limit,
  after,
  read,
  momentOf,
  filter,
  from = Number.NEGATIVE_INFINITY,
}: {
  limit: number;
  after: Moment | undefined;
  read(limit: number, after: Moment | undefined): Promise<readonly T[]>;
  momentOf(record: T): Moment;
  filter?: ((record: T) => boolean) | undefined;
  from?: number | undefined;
}): Promise<Page<T>> {
  const items: T[] = [];
  let last = after;
  const size = filter ? Math.max(CHUNK, limit) : limit;
  for (let left = Math.max(MOST_READ, limit); left > 0; left -= size) {
    const records = await read(size, last);
    for (const record of records) {
      const moment = momentOf(record);
      if (moment.at < from) return { items, next: undefined };
      last = moment;
      if (!filter || filter(record)) items.push(record);
      if (items.length === limit) return { items, next: formatMoment(moment) };
    }
    if (records.length < size) return { items, next: undefined };
  }
  return { items, next: last && formatMoment(last) };
}

const formatMoment = ({ at, id }: Moment): string => `${at} ${id}`;

/** Reads the moment from `next` of a page. */
export function parseMoment(text: string): Moment {
  const space = text.indexOf(" ");
  return { at: Number(text.slice(0, space)), id: text.slice(space + 1) };
}
