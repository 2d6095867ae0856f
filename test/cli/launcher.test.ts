import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cleanEnvironment, ROOT, runNode, temporaryFolder } from "./run.ts";

const LAUNCHER = join(ROOT, "cli/voiceroll.js");
/** Makes this Node report an old version. */
const OLD = `data:text/javascript,Object.defineProperty(process, "versions", {
  value: { ...process.versions, node: "20.19.0" } });`;

test("runs in the current Node if it can run TypeScript", async () => {
  expect(await runNode([LAUNCHER, "--version"])).toMatchObject({ code: 0, stderr: "" });
});

test("uses the checkout's Node if the current one is too old, and passes on output and exit code", async () => {
  const result = await runNode(["--import", OLD, LAUNCHER, "--version"]);
  expect(result).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: "" });
  const wrong = await runNode(["--import", OLD, LAUNCHER, "compare", "nowhere.wav", "nowhere.wav"]);
  expect(wrong).toMatchObject({
    code: 2,
    stderr: "voiceroll: Cannot read nowhere.wav: there is no such file or folder.\n",
  });
});

test("serve answers requests until SIGTERM, and then exits without an error", async () => {
  const args = [LAUNCHER, "serve", "--port", "0", "--data", temporaryFolder()];
  const server = spawn(process.execPath, args, { cwd: ROOT, env: cleanEnvironment() });
  const ended = new Promise((resolve) => server.on("exit", resolve));
  const url = await new Promise<string>((resolve, reject) => {
    let text = "";
    server.stderr.setEncoding("utf8").on("data", (part) => {
      text += part;
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(text);
      if (found) resolve(found[0]);
    });
    server.on("exit", (code) => reject(new Error(`serve ended with ${code}: ${text}`)));
  });
  expect((await fetch(`${url}/health`)).status).toBe(200);
  server.kill("SIGTERM");
  expect(await ended).toBe(0);
});
