/** Stdout carries the answer, stderr what is said beside it. */
export const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

export const warn = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

export const printJson = (value: unknown): void => print(JSON.stringify(value));

/** One line each. */
export const printJsonLines = (values: readonly unknown[]): void => {
  for (const value of values) printJson(value);
};

/** Columns as wide as their widest cell, two spaces between; numbers to the right where `right` says so. */
export function table(rows: readonly (readonly string[])[], right: readonly boolean[] = []): string {
  const widths = rows[0].map((_, c) => Math.max(...rows.map((row) => row[c].length)));
  const pad = (cell: string, c: number) => (right[c] ? cell.padStart(widths[c]) : cell.padEnd(widths[c]));
  return rows.map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
}

/** 0.0123 -> "1.23 %"; as many digits as say something. */
export const percent = (fraction: number): string => `${Number((fraction * 100).toPrecision(3))} %`;
