import { access } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { badInput, readInput } from "../input-file.ts";
import { oncePer } from "./once-per.ts";

/** What is known of a clip beside its sound: columns by name; empty cells are left out. */
export type ClipFacts = Readonly<Record<string, string>>;
/** By absolute path. */
export type ClipTable = { columns: readonly string[]; facts: ReadonlyMap<string, ClipFacts> };

/**
 * `clips.tsv`: the first line names columns, of which `path` is one; paths are relative to the table's folder. `speaker`, `session`,
 * `language` and `gender` are used; others are not.
 *
 * given  the table's path; undefined: `clips.tsv` in `root`, if there is one
 * Resolves undefined without a table; rejects one whose lines are wrong, with the line.
 */
export async function readClipTable(given: string | undefined, root: string): Promise<ClipTable | undefined> {
  const file = given ?? join(root, "clips.tsv");
  const there =
    given !== undefined ||
    (await access(file).then(
      () => true,
      () => false,
    ));
  return there ? parseClipTable((await readInput(file)).toString("utf8"), file) : undefined;
}

export function parseClipTable(text: string, file: string): ClipTable {
  const [head, ...lines] = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const columns = head.split("\t").map((name) => name.trim());
  const at = columns.indexOf("path");
  if (at < 0)
    throw badInput(`${file}:1: has no column "path"; the first line names the columns, separated by tabs.`);
  const facts = new Map<string, ClipFacts>();
  for (const [i, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const cells = line.split("\t").map((cell) => cell.trim());
    if (cells.length !== columns.length)
      throw badInput(`${file}:${i + 2}: has ${cells.length} columns, the first line ${columns.length}.`);
    const path = resolve(dirname(file), cells[at]);
    if (facts.has(path))
      throw badInput(`${file}:${i + 2}: ${cells[at]} is described twice; take one line out.`);
    facts.set(
      path,
      Object.fromEntries(columns.map((name, c) => [name, cells[c]]).filter(([, cell]) => cell)),
    );
  }
  return { columns, facts };
}

/** What is known of a clip by the name that lists give it. */
export const factsIn = (table: ClipTable | undefined, root: string) =>
  oncePer((given) => table?.facts.get(resolve(root, given)));
