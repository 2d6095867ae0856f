import { cpus } from "node:os";

/**
 * Runs `work` after a few warm-up runs. Returns the milliseconds of each run in ascending order.
 */
export async function timed(runs: number, work: () => unknown | Promise<unknown>): Promise<Float64Array> {
  for (let i = 0; i < Math.min(5, runs); i++) await work();
  const times = new Float64Array(runs);
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    await work();
    times[i] = performance.now() - start;
  }
  return times.sort();
}

const round = (value: unknown) => (typeof value === "number" ? Number(value.toPrecision(4)) : value);

/** Prints one JSON line with numbers rounded to four significant digits. */
export function print(bench: string, values: Record<string, unknown>): void {
  const rounded = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, round(value)]));
  console.log(JSON.stringify({ bench, ...rounded }));
}

export const machine = () => ({ cpu: cpus()[0].model, cores: cpus().length, node: process.version });

/** A line of a table: its cells by their column's heading. */
export type Row = Record<string, number | string>;

/** Returns a Markdown table; the first row names the columns. */
export function markdownTable(rows: readonly Row[]): string {
  const line = (cells: readonly (number | string)[]) => `| ${cells.join(" | ")} |`;
  const head = Object.keys(rows[0] ?? {});
  return [line(head), line(head.map(() => "---")), ...rows.map((row) => line(Object.values(row)))].join("\n");
}
