/** Writes the examples in functions/openapi: `npm run openapi:examples`. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../functions/process.ts";
import { collectExamples } from "./examples.ts";
import { collectProblems } from "./problem-examples.ts";

const folder = mkdtempSync(join(tmpdir(), "voiceroll-examples-"));
const examples = await collectExamples(folder);
write("examples", examples);
write("problem-examples", await collectProblems());
rmSync(folder, { recursive: true });

function write(name: string, content: object): void {
  writeFileSync(join(ROOT, `functions/openapi/${name}.json`), `${JSON.stringify(content, undefined, 2)}\n`);
}
