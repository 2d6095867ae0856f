/**
 * `npm run build:wasm`: assembles each of the KERNELS, NAME.wat, into NAME-wasm.ts beside it. The
 * same source gives the same bytes on every machine, and a test compares them.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import wabt from "wabt";

const ROOT = join(import.meta.dirname, "../..");
const COLUMNS = 100;

/** Without `.wat`, from the root of the repository. */
export const KERNELS = [
  "lib/score/search/int8-scan",
  "lib/audio/features/log-mel",
  "lib/audio/features/resample",
  "lib/audio/features/spectrum",
] as const;

type KernelPath = (typeof KERNELS)[number];

/** Returns the name that NAME-wasm.ts exports: "int8-scan" becomes INT8_SCAN_WASM. */
export const constantOf = (kernel: KernelPath): string =>
  `${basename(kernel).toUpperCase().replaceAll("-", "_")}_WASM`;

/** Returns the WebAssembly module in base64. */
export async function assemble(kernel: KernelPath): Promise<string> {
  const { parseWat } = await wabt();
  const source = readFileSync(join(ROOT, `${kernel}.wat`), "utf8");
  const module = parseWat(`${basename(kernel)}.wat`, source, { threads: true });
  const { buffer } = module.toBinary({});
  module.destroy();
  return Buffer.from(buffer).toString("base64");
}

async function write(kernel: KernelPath): Promise<void> {
  const lines = (await assemble(kernel)).match(new RegExp(`.{1,${COLUMNS}}`, "g")) ?? [];
  writeFileSync(
    join(ROOT, `${kernel}-wasm.ts`),
    `// Written by \`npm run build:wasm\` from ${basename(kernel)}.wat; do not edit.
export const ${constantOf(kernel)} = [
${lines.map((line) => `  "${line}",`).join("\n")}
].join("");
`,
  );
}

if (import.meta.main) for (const kernel of KERNELS) await write(kernel);
