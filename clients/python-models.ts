import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Document } from "../functions/openapi/complete.ts";
import { NOTE } from "./outputs.ts";

const ROOT = join(import.meta.dirname, "..");
const OPTIONS = [
  ...["--input-file-type", "openapi", "--openapi-scopes", "schemas"],
  ...["--output-model-type", "typing.TypedDict", "--target-python-version", "3.11"],
  ...["--use-union-operator", "--use-standard-collections", "--enum-field-as-literal", "all"],
  ...["--use-schema-description", "--use-field-description", "--use-inline-field-description"],
  ...["--formatters", "builtin", "--disable-timestamp", "--custom-file-header", `# ${NOTE}`],
];

/**
 * A Python with clients/python/requirements.txt: VOICEROLL_PYTHON, or that of the folder .venv.
 * Undefined without one.
 */
export function clientPython(): string | undefined {
  const python = process.env.VOICEROLL_PYTHON ?? join(ROOT, ".venv/bin/python");
  if (!existsSync(python)) return undefined;
  const { status } = spawnSync(python, ["-c", "import datamodel_code_generator, httpx, mypy"]);
  return status === 0 ? python : undefined;
}

/** The types of the Python client (clients/python/src/voiceroll/models_generated.py). */
export function pythonModels(document: Document, python: string): string {
  const folder = mkdtempSync(join(tmpdir(), "voiceroll-models-"));
  try {
    const [input, output] = [join(folder, "openapi.json"), join(folder, "models.py")];
    writeFileSync(input, JSON.stringify(document));
    const args = ["-m", "datamodel_code_generator", "--input", input, "--output", output, ...OPTIONS];
    const { status, stderr } = spawnSync(python, args, { encoding: "utf8" });
    if (status !== 0) throw new Error(`datamodel-code-generator: ${stderr}`);
    return readFileSync(output, "utf8");
  } finally {
    rmSync(folder, { recursive: true });
  }
}
