import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { clientDocument } from "../../clients/document.ts";
import { typescriptSchema } from "../../clients/outputs.ts";
import { ROOT } from "../functions/process.ts";

const committed = (file: string) => readFileSync(join(ROOT, "clients", file), "utf8");
const document = clientDocument();

test("the TypeScript client has the types of today's API (npm run clients:generate)", async () => {
  // A comparison of the texts would print both of them.
  expect((await typescriptSchema(document)) === committed("typescript/src/schema.gen.ts")).toBe(true);
});
