/** Writes functions/openapi/examples.json: `npm run openapi:examples`. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../functions/process.ts";
import { collectExamples } from "./examples.ts";

const folder = mkdtempSync(join(tmpdir(), "voiceroll-examples-"));
const examples = await collectExamples(folder);
writeFileSync(join(ROOT, "functions/openapi/examples.json"), `${JSON.stringify(examples, undefined, 2)}\n`);
rmSync(folder, { recursive: true });
