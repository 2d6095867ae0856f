import { SingleBar } from "cli-progress";

/** Runs `work` over the items, `width` at a time, with a progress bar; results in the order of the items. */
export async function mapWithProgress<T, R>(
  title: string,
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const bar = new SingleBar({
    format: `${title} {bar} {value}/{total}, {eta_formatted} left`,
    noTTYOutput: true,
  });
  bar.start(items.length, 0);
  const results: R[] = new Array(items.length);
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index]);
      bar.increment();
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  bar.stop();
  return results;
}
