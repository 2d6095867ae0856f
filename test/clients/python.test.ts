/** The Python client. Needs clients/python/requirements.txt in .venv or VOICEROLL_PYTHON. */
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { clientDocument } from "../../clients/document.ts";
import { clientPython, pythonModels } from "../../clients/python-models.ts";
import { pythonOperations } from "../../clients/python-operations.ts";
import { temporaryFolder } from "../cli/run.ts";
import { ROOT, startProcess } from "../functions/process.ts";
import { fakeClip } from "../support/fake-embedder.ts";

const run = promisify(execFile);
const python = clientPython() ?? "";
const withPython = test.skipIf(python === "");
if (python === "")
  console.log("left out: the Python client (.venv/bin/pip install -r clients/python/requirements.txt)");

const PACKAGE = join(ROOT, "clients/python");
const committed = (file: string) => readFileSync(join(PACKAGE, "src/voiceroll", file), "utf8");

test("the Python client has today's operations (npm run clients:generate)", () => {
  expect(pythonOperations(clientDocument()) === committed("operations_generated.py")).toBe(true);
});

withPython("the Python client has the types of today's API (npm run clients:generate)", () => {
  expect(pythonModels(clientDocument(), python) === committed("models_generated.py")).toBe(true);
});

withPython(
  "its types are consistent",
  async () => {
    const { stdout } = await run(python, ["-m", "mypy", "--cache-dir", temporaryFolder(), "src", "tests"], {
      cwd: PACKAGE,
      env: { ...process.env, MYPYPATH: "src" },
    });
    expect(stdout).toContain("Success");
  },
  120_000,
);

withPython(
  "it enrolls, verifies, uploads, waits for jobs and retries, sync and async",
  async () => {
    const folder = temporaryFolder();
    const server = await startProcess("test/functions/fake-server.ts", { VOICEROLL_DATA: folder });
    onTestFinished(() => void server.child.kill("SIGKILL"));
    const clips = temporaryFolder();
    for (const voice of ["alice", "bob", "carol", "dave", "erin"])
      for (const take of [1, 2, 3, 4, 8, 9])
        writeFileSync(join(clips, `${voice}-${take}.wav`), fakeClip(`voice=${voice} take=${take}`).bytes);
    const { stderr } = await run(python, ["-m", "unittest", "discover", "-s", "tests"], {
      cwd: PACKAGE,
      env: {
        ...process.env,
        URL: server.url,
        KEY: /key (\S+)/.exec(server.output())?.[1] ?? "",
        CLIPS: clips,
        PYTHONPATH: "src",
        PYTHONDONTWRITEBYTECODE: "1",
      },
    });
    expect(stderr).toMatch(/Ran 10 tests[\s\S]*OK/);
  },
  120_000,
);
