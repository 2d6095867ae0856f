import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ALARMS } from "../../infra/alarm-list.ts";

const text = readFileSync(join(import.meta.dirname, "../../docs/runbook.md"), "utf8");
const sections = new Map(
  text.split(/^## /m).map((part) => [part.split("\n")[0].trim(), part.slice(part.indexOf("\n"))]),
);

test("the runbook has a section for every alarm, which names it", () => {
  const without = ALARMS.filter(({ name, section }) => !sections.get(section)?.includes(`\`${name}\``));
  expect(without.map(({ name }) => name)).toEqual([]);
});

test("the runbook has no section for an alarm that does not exist", () => {
  const known = new Set(ALARMS.map(({ section }) => section));
  const alarming = [...sections].filter(([, body]) => /^\s*Alarms?:/.test(body)).map(([title]) => title);
  expect(alarming.filter((title) => !known.has(title))).toEqual([]);
  const named = text.match(/(?<=^Alarms?: [^.]*)`\w+`/gm) ?? [];
  const names = new Set(ALARMS.map(({ name }) => `\`${name}\``));
  expect(named.filter((name) => !names.has(name))).toEqual([]);
});

test("every link within the runbook points to a section", () => {
  const anchors = new Set([...sections.keys()].map((title) => title.toLowerCase()));
  const links = [...text.matchAll(/\]\(#([\w-]+)\)/g)].map((match) => match[1]);
  expect(links.filter((link) => !anchors.has(link))).toEqual([]);
});

test("alarm names are unique", () => {
  expect(new Set(ALARMS.map(({ name }) => name)).size).toBe(ALARMS.length);
});
