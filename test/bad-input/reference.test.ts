import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parts, withParts } from "./reference.ts";

const FILE = join(import.meta.dirname, "../../docs/bad-input.md");

test("docs/bad-input.md lists what the tests send and expect (UPDATE_DOCS=1 rewrites its tables)", () => {
  const document = readFileSync(FILE, "utf8");
  const expected = withParts(document, parts());
  if (process.env.UPDATE_DOCS) writeFileSync(FILE, expected);
  else expect(document).toBe(expected);
});
