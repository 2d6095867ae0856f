import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ALARMS } from "../../infra/alarm-list.ts";

const text = readFileSync(join(import.meta.dirname, "../../docs/deploy.md"), "utf8");
const rows = (head: string): string[][] =>
  text
    .slice(text.indexOf(`| ${head}`))
    .split("\n\n")[0]
    .split("\n")
    .slice(2)
    .map((row) => row.split("|").map((cell) => cell.replaceAll("*", "").trim()));
const amount = (row: string[]) => Number(row.at(-2));
const sumOf = (head: string) => amount(rows(head).at(-1)!);

test("the costs in docs/deploy.md add up", () => {
  for (const head of ["per million verifications", "fixed, per month"]) {
    const parts = rows(head).slice(0, -1).map(amount);
    expect(parts.length).toBeGreaterThan(4);
    expect(parts.reduce((sum, one) => sum + one, 0)).toBeCloseTo(sumOf(head), 6);
  }
  const [perMillion, fixed] = [sumOf("per million verifications"), sumOf("fixed, per month")];
  for (const row of rows("verifications per month"))
    expect(amount(row)).toBeCloseTo((Number(row[1].replaceAll(",", "")) / 1e6) * perMillion + fixed, 1);
});

test("lists the cost of every alarm", () => {
  expect(text).toContain(`| ${ALARMS.length} x 0.10 |`);
});
