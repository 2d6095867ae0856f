import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { filesIn } from "../../infra/build/files.ts";
import { ROOT } from "../functions/process.ts";

const run = promisify(execFile);
const VITE = join(ROOT, "node_modules/vite/bin/vite.js");

const digests = async (folder: string) =>
  Promise.all(
    (await filesIn(folder)).map(async ({ path }) => {
      const bytes = await readFile(join(folder, path));
      return `${path} ${createHash("sha256").update(bytes).digest("hex")}`;
    }),
  );

test("the committed console is what web/ builds: if not, run npm run build:console", async () => {
  const folder = await mkdtemp(join(tmpdir(), "voiceroll-console-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  // The test runner's own NODE_ENV would give a development build.
  const env = { ...process.env, NODE_ENV: "production" };
  await run(process.execPath, [VITE, "build", "web", "--outDir", folder, "--emptyOutDir"], {
    cwd: ROOT,
    env,
  });
  expect(await digests(folder)).toEqual(await digests(join(ROOT, "functions/console")));
});
