/**
 * `npm run read-stack < stack.txt`: names the source lines of a stack trace from a function's log.
 * Needs the maps that `npm run build:lambda` made of the deployed commit.
 */
import { existsSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { basename, join } from "node:path";
import { text } from "node:stream/consumers";
import { FUNCTIONS, mapsOf, ROOT } from "./build-lambda.ts";

const BUILT = "dist/lambda/arm64";

/**
 * Replaces `/var/task/lambda.mjs:1:2345` and the like by the place in the source.
 *
 * maps  folders with source maps. The names of files differ between functions
 */
export function readStack(stack: string, maps: readonly string[]): string {
  return stack.replaceAll(/[^\s()]*\/([\w-]+\.mjs):(\d+):(\d+)/g, (place, file, line, column) => {
    const path = maps.map((folder) => join(folder, `${basename(file)}.map`)).find(existsSync);
    if (path === undefined) return place;
    const map = new SourceMap(JSON.parse(readFileSync(path, "utf8")));
    // Both count lines and columns from 1.
    const origin = map.findOrigin(Number(line), Number(column));
    return "fileName" in origin ? `${origin.fileName}:${origin.lineNumber}:${origin.columnNumber}` : place;
  });
}

if (import.meta.main)
  process.stdout.write(
    readStack(
      await text(process.stdin),
      FUNCTIONS.map((name) => mapsOf(join(ROOT, BUILT, name))),
    ),
  );
