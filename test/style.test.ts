import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const MOST_COLUMNS = 120;
const MOST_COMMENT_COLUMNS = 100;

const files = execFileSync(
  "git",
  ["ls-files", "-co", "--exclude-standard", "*.ts", "*.tsx", "*.js", "*.mjs", "*.py"],
  {
    cwd: ROOT,
    encoding: "utf8",
  },
)
  .trim()
  .split("\n")
  // Written by the build of web/, and by `npm run clients:generate`.
  .filter((file) => !file.startsWith("functions/console/") && !/\.gen\.ts$|_generated\.py$/.test(file));

type Line = { at: string; text: string; comment: boolean };

/** A line is a comment if nothing but a comment is on it. */
function linesOf(file: string): Line[] {
  const mark = file.endsWith(".py") ? /^\s*#/ : /^\s*(\/\/|\/\*|\*)/;
  return readFileSync(join(ROOT, file), "utf8")
    .split("\n")
    .map((text, i) => ({ at: `${file}:${i + 1}`, text, comment: mark.test(text) }));
}

/** A URL or a shell command in a comment cannot be wrapped. */
const cannotWrap = (text: string): boolean => !/\S\s+\S/.test(text.replace(/^\s*(\/\/|\/\*\*?|\*|#)\s*/, ""));

const lines = files.flatMap(linesOf);
const columns = (text: string): number => [...text].length;

test("no source line is longer than 120 columns", () => {
  expect(lines.filter(({ text }) => columns(text) > MOST_COLUMNS).map(({ at }) => at)).toEqual([]);
});

test("comments wrap at 100 columns", () => {
  const long = lines.filter(({ text, comment }) => comment && columns(text) > MOST_COMMENT_COLUMNS);
  expect(long.filter(({ text }) => !cannotWrap(text)).map(({ at }) => at)).toEqual([]);
});
