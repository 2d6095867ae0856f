import { invalid } from "../body/schema.ts";

const PATHS = /^[A-Za-z0-9]+(\.[A-Za-z0-9]+)*(,[A-Za-z0-9]+(\.[A-Za-z0-9]+)*)*$/;
/** Undefined: the whole value. */
type Tree = Map<string, Tree> | undefined;

/**
 * Returns the part of a reply that `fields` in the query names: `decision,score.value`. A path goes
 * into each element of a list. A name that the reply doesn't have is left out.
 */
export function partOf(reply: object, fields: string | undefined): object {
  if (fields === undefined) return reply;
  return picked(reply, treeOf(fields)) as object;
}

/** Throws `validation-failed` for a text that isn't a list of paths. */
export function checkFields(fields: string | undefined): void {
  if (fields === undefined || PATHS.test(fields)) return;
  throw invalid([
    { pointer: "/fields", detail: "Send the names of reply fields, such as decision,score.value." },
  ]);
}

function treeOf(fields: string): Tree {
  const root: NonNullable<Tree> = new Map();
  for (const path of fields.split(",")) addPath(root, path.split("."));
  return root;
}

/** `score` after or before `score.value` names the whole score. */
function addPath(tree: NonNullable<Tree>, [name, ...rest]: readonly string[]): void {
  if (name === undefined) return;
  const known = tree.has(name);
  const inner = tree.get(name);
  if (known && inner === undefined) return;
  if (rest.length === 0) return void tree.set(name, undefined);
  const next = inner ?? new Map();
  tree.set(name, next);
  addPath(next, rest);
}

function picked(value: unknown, tree: Tree): unknown {
  if (tree === undefined || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => picked(item, tree));
  const kept = Object.entries(value).filter(([name]) => tree.has(name));
  return Object.fromEntries(kept.map(([name, item]) => [name, picked(item, tree.get(name))]));
}
