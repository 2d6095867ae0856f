/** Writes the generated files of the clients: `npm run clients:generate`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { clientDocument } from "./document.ts";
import { typescriptSchema } from "./outputs.ts";
import { clientPython, pythonModels } from "./python-models.ts";
import { pythonOperations } from "./python-operations.ts";

const write = (file: string, text: string) => writeFileSync(join(import.meta.dirname, file), text);

const document = clientDocument();
write("typescript/src/schema.gen.ts", await typescriptSchema(document));
write("python/src/voiceroll/operations_generated.py", pythonOperations(document));
const python = clientPython();
if (python) write("python/src/voiceroll/models_generated.py", pythonModels(document, python));
else {
  console.error(
    "Left out: models_generated.py. It needs a Python with clients/python/requirements.txt in .venv " +
      "or VOICEROLL_PYTHON:\n  python3 -m venv .venv && .venv/bin/pip install -r clients/python/requirements.txt",
  );
  process.exitCode = 1;
}
