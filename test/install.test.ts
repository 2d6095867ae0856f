/** What `npm ci` runs and asks for, on npm 10 and 11 and on Node 20. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

type Entry = { hasInstallScript?: boolean; engines?: { node?: string }; optional?: boolean };
const lock = JSON.parse(readFileSync(join(import.meta.dirname, "../package-lock.json"), "utf8"));
const packages = Object.entries<Entry>(lock.packages);

test("npm ci runs the install scripts of `node` and of tools, never one that downloads CUDA", () => {
  const scripts = packages.filter(([, entry]) => entry.hasInstallScript).map(([path]) => path);
  expect(scripts.sort()).toEqual(["node_modules/@scarf/scarf", "node_modules/esbuild", "node_modules/node"]);
});

test("no package demands a newer Node than 20, so that npm prints no EBADENGINE", () => {
  const newer = packages.filter(
    ([, { engines, optional }]) => !optional && engines?.node && !allows20(engines.node),
  );
  expect(newer.map(([path, { engines }]) => `${path} ${engines?.node}`)).toEqual([]);
});

/** Whether one of the ranges starts at Node 20 or below. */
const allows20 = (ranges: string): boolean =>
  ranges.split("||").some((range) => Number(/\d+/.exec(range)?.[0] ?? 0) <= 20);
