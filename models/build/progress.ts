import { progress } from "../../cli/progress.ts";

/**
 * Runs `work` on the items, `width` at a time, with a progress bar. Results are in the order of the
 * items.
 */
export async function mapWithProgress<T, R>(
  title: string,
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const bar = progress(title, "items");
  const results: R[] = new Array(items.length);
  let next = 0;
  let done = 0;
  const lane = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index]);
      bar.show(++done, items.length);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  bar.end();
  return results;
}
