/**
 * `npm run build:scan`: assembles lib/score/search/int8-scan.wat into int8-scan-wasm.ts. The same
 * source gives the same bytes on every machine, and a test compares them.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import wabt from "wabt";

const FOLDER = join(import.meta.dirname, "../../lib/score/search");
const COLUMNS = 100;

/** Returns the WebAssembly module in base64. */
export async function assembleScan(): Promise<string> {
  const source = readFileSync(join(FOLDER, "int8-scan.wat"), "utf8");
  const { parseWat } = await wabt();
  const module = parseWat("int8-scan.wat", source, { threads: true });
  const { buffer } = module.toBinary({});
  module.destroy();
  return Buffer.from(buffer).toString("base64");
}

if (import.meta.main) {
  const lines = (await assembleScan()).match(new RegExp(`.{1,${COLUMNS}}`, "g")) ?? [];
  writeFileSync(
    join(FOLDER, "int8-scan-wasm.ts"),
    `// Written by \`npm run build:scan\` from int8-scan.wat; do not edit.
export const INT8_SCAN_WASM = [
${lines.map((line) => `  "${line}",`).join("\n")}
].join("");
`,
  );
}
