import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { wrappedJson } from "../../lib/wrapped-json.ts";
import { ROOT } from "./platform.ts";
import type { Resource } from "./resources.ts";

/** Every resource of the production stage with its inputs and sorted keys, for review. */
const FILE = join(ROOT, "infra/snapshot.json");

export function writeSnapshot(resources: readonly Resource[]): void {
  writeFileSync(FILE, wrappedJson(snapshot(resources)));
}

/** Returns one line for each input that differs from the committed snapshot. */
export function differences(resources: readonly Resource[]): string[] {
  const before = flat(JSON.parse(readFileSync(FILE, "utf8")));
  const after = flat(snapshot(resources));
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths
    .filter((path) => before.get(path) !== after.get(path))
    .map((path) => `${path}: ${before.get(path) ?? "(absent)"} -> ${after.get(path) ?? "(absent)"}`);
}

function snapshot(resources: readonly Resource[]): Record<string, unknown> {
  const all = resources.map(({ type, name, ...rest }) => [`${type} ${name}`, opened(rest)] as const);
  return sorted(Object.fromEntries(all)) as Record<string, unknown>;
}

/**
 * Parses JSON inside strings (policies, dashboards), so that a change in it is one line of a diff.
 */
function opened(value: unknown): unknown {
  if (typeof value === "string" && /^([[]|[{]")/.test(value)) return { json: opened(JSON.parse(value)) };
  if (Array.isArray(value)) return value.map(opened);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, opened(one)]));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, one]) => [key, sorted(one)]));
}

function flat(value: unknown, path = "", into = new Map<string, string>()): Map<string, string> {
  if (typeof value !== "object" || value === null) return into.set(path, JSON.stringify(value));
  for (const [key, one] of Object.entries(value)) flat(one, path ? `${path}.${key}` : key, into);
  return into;
}
