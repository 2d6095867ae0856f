/*
 * Generates docs/problems.md, and the tables of docs/bad-input.md: what the bad-input tests send
 * and what they expect.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { statuses } from "../../functions/http/replies/problem.ts";
import { type Slug, titles } from "../../lib/error.ts";
import { help } from "../../lib/problems/help.ts";
import { audioRows } from "./audio-rows.ts";
import { rows as authRows } from "./auth-rows.ts";
import { rows as challengeRows } from "./challenge-rows.ts";
import { rows as idRows } from "./id-rows.ts";
import { rows as jsonRows } from "./json-rows.ts";
import { rows as pieceRows } from "./piece-rows.ts";
import { rows as probeRows } from "./probe-rows.ts";
import { rows as protocolRows } from "./protocol-rows.ts";
import type { Row } from "./row.ts";
import { sounds } from "./sound-rows.ts";
import { formRows, rows as uploadRows } from "./upload-rows.ts";

type Line = { id: string; what: string; status: number; slug?: Slug | undefined };

const audioLines = audioRows.map(
  ({ row, name, slug }): Line => ({ id: row, what: name, status: slug ? statuses[slug] : 201, slug }),
);
const SECTIONS: Readonly<Record<string, readonly Line[]>> = {
  audio: audioLines,
  json: [...jsonRows, ...probeRows],
  protocol: protocolRows,
  ids: idRows,
  uploads: [...uploadRows, ...formRows, ...pieceRows],
  auth: [...authRows, ...challengeRows],
} satisfies Record<string, readonly (Line | Row)[]>;

/**
 * Test files with several requests per test. The tables show their names and the slugs in their
 * source.
 */
const SCENARIOS = ["concurrency", "faults", "real-audio"];
/** A test's name in quotes: rows such as "S3 is S2:" or "C8, C11:", then what the test shows. */
const NAME = /"((?:[ACJKS]\d+[a-z]?(?:, |: | is (?=S)| ))+)([^"]+)"/;

/** Returns each generated part of docs/bad-input.md by name, as Markdown. */
export function parts(): ReadonlyMap<string, string> {
  const sections = Object.entries(SECTIONS).map(([name, lines]) => [name, rowTable(lines)] as const);
  return new Map([
    ...sections,
    ["speech", soundTable()],
    ["scenarios", scenarioTable()],
    ["slugs", slugTable()],
  ]);
}

/** Returns the generated part of docs/problems.md: a section for each slug. */
export function problemParts(): ReadonlyMap<string, string> {
  const sections = (Object.keys(titles) as Slug[]).map(
    (slug) =>
      `\n## ${slug}\n**${titles[slug]}** (status ${statuses[slug]})\n\n${help[slug].meaning}\n\n` +
      `**What to do.** ${help[slug].remedy}\n`,
  );
  return new Map([["problems", `${sections.join("")}\n`]]);
}

/**
 * Replaces the text between `<!-- NAME -->` and `<!-- /NAME -->`. Throws a RangeError if a marker
 * is missing.
 */
export function withParts(document: string, replacements: ReadonlyMap<string, string>): string {
  let text = document;
  for (const [name, part] of replacements) {
    const [start, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`];
    const from = text.indexOf(start);
    const to = text.indexOf(end);
    if (from < 0 || to < from) throw new RangeError(`the page has no markers for "${name}"`);
    text = `${text.slice(0, from + start.length)}${part}${text.slice(to)}`;
  }
  return text;
}

function rowTable(lines: readonly Line[]): string {
  const cells = lines.map(({ id, what, status, slug }) => [id, what, String(status), code(slug)]);
  return table(["Row", "Input", "Status", "Slug"], inOrder(cells));
}

function soundTable(): string {
  const cells = sounds.map(([row, what, , slug, reason]) => [
    row,
    what,
    `${statuses[slug]} ${code(slug)}`,
    code(reason),
  ]);
  return table(
    ["Row", "Input", "Enrollment", "First reason elsewhere (200, `inconclusive`)"],
    inOrder(cells),
  );
}

function scenarioTable(): string {
  const cells = SCENARIOS.flatMap((name) => scenariosIn(source(name)));
  return table(["Row", "What the test shows", "Problems in it"], inOrder(cells));
}

function slugTable(): string {
  const slugs = Object.keys(titles) as Slug[];
  return table(
    ["Slug", "Status", "Title"],
    slugs.map((slug) => [code(slug), String(statuses[slug]), titles[slug]]),
  );
}

/**
 * Returns one line for each test whose name starts with rows. A test's text starts where the
 * previous test ends, so it includes the cases of a `test.each`. Throws a RangeError if it misses
 * such a test.
 */
function scenariosIn(text: string): string[][] {
  const ends = [...text.matchAll(/^(?:\}(?:, [\d_]+)?)?\);$/gm)].map((match) => match.index);
  const lines = ends.flatMap((end, i) => {
    const whole = text.slice(ends[i - 1] ?? 0, end);
    const [, rows, what] = new RegExp(NAME).exec(whole) ?? [];
    if (rows === undefined || what === undefined) return [];
    const slugs = (Object.keys(titles) as Slug[]).filter((slug) => whole.includes(`"${slug}"`));
    const problems = slugs.map((slug) => `${statuses[slug]} ${code(slug)}`).join(", ");
    const ids = rows.match(/[ACJKS]\d+[a-z]?/g) ?? [];
    return [[ids.join(", "), what.replaceAll(/%[si]/g, "…"), problems || "-"]];
  });
  const names = text.match(new RegExp(NAME, "g")) ?? [];
  if (names.length !== lines.length)
    throw new RangeError(`found ${lines.length} tests for ${names.length} names that start with a row`);
  return lines;
}

const source = (name: string): string => readFileSync(join(import.meta.dirname, `${name}.test.ts`), "utf8");

const code = (text: string | undefined): string => (text === undefined ? "-" : `\`${text}\``);

/** Sorts by letter, then by number, then in the order of the tests. */
function inOrder(cells: readonly string[][]): string[][] {
  const numberOf = (row: string): number => Number(/\d+/.exec(row)?.[0]);
  const letterOf = (row: string): string => row.slice(0, 1);
  return cells.toSorted(
    ([a = ""], [b = ""]) => letterOf(a).localeCompare(letterOf(b)) || numberOf(a) - numberOf(b),
  );
}

function table(head: readonly string[], cells: readonly (readonly string[])[]): string {
  const line = (texts: readonly string[]) => `| ${texts.map(escaped).join(" | ")} |\n`;
  return line(head) + line(head.map(() => "---")) + cells.map(line).join("");
}

/** Escapes the characters that Markdown would interpret as markup in a cell. */
const escaped = (text: string): string =>
  text.startsWith("`") || text.includes(" `") ? text : text.replaceAll(/[|*_<\\]/g, (sign) => `\\${sign}`);
