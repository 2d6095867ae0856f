import { columnsOf } from "./text/columns.ts";

/** Prints a line of the result to stdout. */
export const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/**
 * Prints a line of progress, advice or an error to stderr, which keeps stdout free for the result.
 */
export const warn = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

export const printJson = (value: unknown): void => print(JSON.stringify(value));

export const printJsonLines = (values: readonly unknown[]): void => {
  for (const value of values) printJson(value);
};

/** Aligns columns with two spaces between them. `right`: which columns are aligned to the right. */
export function table(rows: readonly (readonly string[])[], right: readonly boolean[] = []): string {
  const width = (column: number) => Math.max(...rows.map((row) => columnsOf(row[column] ?? "")));
  const widths = rows[0]?.map((_, column) => width(column)) ?? [];
  const space = (cell: string, column: number) =>
    " ".repeat(Math.max(0, (widths[column] ?? 0) - columnsOf(cell)));
  const pad = (cell: string, column: number) =>
    right[column] ? space(cell, column) + cell : cell + space(cell, column);
  return rows.map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
}

/** 0.0123 -> "1.23 %", with at most three significant digits. */
export const percent = (fraction: number): string => `${Number((fraction * 100).toPrecision(3))} %`;
