import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parts, problemParts, withParts } from "./reference.ts";

test("docs/bad-input.md lists what the tests send and expect (UPDATE_DOCS=1 rewrites its tables)", () => {
  expectGenerated("bad-input.md", parts());
});

test("docs/problems.md has the text of every problem's page (UPDATE_DOCS=1 rewrites it)", () => {
  expectGenerated("problems.md", problemParts());
});

function expectGenerated(page: string, generated: ReadonlyMap<string, string>): void {
  const file = join(import.meta.dirname, "../../docs", page);
  const document = readFileSync(file, "utf8");
  const expected = withParts(document, generated);
  if (process.env.UPDATE_DOCS) writeFileSync(file, expected);
  else expect(document).toBe(expected);
}
