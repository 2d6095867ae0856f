import { access } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { badInput, readInput } from "../input-file.ts";
import { memoize } from "./memoize.ts";

/** One clip's cells by column name, without empty cells. */
export type ClipFacts = Readonly<Record<string, string>>;
/** `facts` is keyed by absolute path. */
export type ClipTable = { columns: readonly string[]; facts: ReadonlyMap<string, ClipFacts> };

/**
 * Reads a clip table (`clips.tsv`). The first line names the columns. `path` is required and
 * relative to the table's folder. `speaker`, `session`, `language` and `gender` are used, other
 * columns are not.
 *
 * file  the table's path; if undefined, `clips.tsv` in `root` if it exists
 * Resolves to undefined without a table. Rejects an invalid table with its line number.
 */
export async function readClipTable(file: string | undefined, root: string): Promise<ClipTable | undefined> {
  if (file !== undefined) return readTable(file);
  const defaultFile = join(root, "clips.tsv");
  const exists = await access(defaultFile).then(
    () => true,
    () => false,
  );
  return exists ? readTable(defaultFile) : undefined;
}

const readTable = async (file: string) => parseClipTable((await readInput(file)).toString("utf8"), file);

export function parseClipTable(text: string, file: string): ClipTable {
  const [head = "", ...lines] = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const columns = head.split("\t").map((name) => name.trim());
  const pathColumn = columns.indexOf("path");
  if (pathColumn < 0)
    throw badInput(
      `${file}:1: The table has no "path" column. The first line must name the columns, separated by tabs.`,
    );
  const facts = new Map<string, ClipFacts>();
  for (const [i, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const where = `${file}:${i + 2}`;
    const cells = line.split("\t").map((cell) => cell.trim());
    if (cells.length !== columns.length)
      throw badInput(
        `${where}: The line has ${cells.length} columns, but the first line has ${columns.length}.`,
      );
    const name = cells[pathColumn] ?? "";
    const path = resolve(dirname(file), name);
    if (facts.has(path)) throw badInput(`${where}: ${name} already has a line. Remove one of the two.`);
    facts.set(
      path,
      Object.fromEntries(columns.map((column, c) => [column, cells[c] ?? ""]).filter(([, cell]) => cell)),
    );
  }
  return { columns, facts };
}

/** Returns a lookup of a clip's facts by the name that lists use. */
export const factsLookup = (table: ClipTable | undefined, root: string) =>
  memoize((name) => table?.facts.get(resolve(root, name)));
