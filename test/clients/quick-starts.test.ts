/** The quick starts of docs/clients.md, on one real server with the bundled model. */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { chromium as playwright } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { clientPython } from "../../clients/python-models.ts";
import { chromium } from "../browser/chromium.ts";
import { ROOT, type ServerProcess, startProcess } from "../functions/process.ts";

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "voiceroll-clients-"));
const page = createServer((_request, response) =>
  response.setHeader("Content-Type", "text/html").end("<input type=file multiple><output></output>"),
);
let server: ServerProcess;
let key: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  await new Promise<void>((resolve) => page.listen(0, "127.0.0.1", resolve));
  await mkdir(join(folder, "data"), { mode: 0o700 });
  await symlink(join(ROOT, "samples"), join(folder, "samples"));
  const settings = { VOICEROLL_DATA: join(folder, "data"), CORS_ORIGINS: originOf() };
  server = await startProcess("functions/local.ts", settings);
  key = readFileSync(join(folder, "data/api-key"), "utf8").trim();
  env = { ...process.env, URL: server.url, KEY: key };
  await installClient();
}, 120_000);
afterAll(async () => {
  page.close();
  server.child.kill("SIGTERM");
  await server.ended;
  rmSync(folder, { recursive: true });
});

const originOf = () => `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
const block = (title: string, language: string): string => {
  const text = readFileSync(join(ROOT, "docs/clients.md"), "utf8");
  const found = new RegExp(`^## ${title}\n[\\s\\S]*?\`\`\`${language}\n([\\s\\S]*?)\`\`\``, "m").exec(
    text,
  )?.[1];
  if (!found || found.trim().split("\n").length > 9) throw new RangeError(`no short block for ${title}`);
  return found;
};

/** Builds the package as `npm pack` does, and puts it where the programs find it. */
async function installClient(): Promise<void> {
  const options = { cwd: folder, env: { ...process.env, npm_config_update_notifier: "false" } };
  await run("npm", ["pack", join(ROOT, "clients/typescript"), "--silent"], options);
  const [tarball = ""] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  const target = join(folder, "node_modules/voiceroll-client");
  await mkdir(target, { recursive: true });
  await run("tar", ["-xzf", tarball, "--strip-components=1", "-C", target], { cwd: folder });
  await symlink(join(ROOT, "node_modules/openapi-fetch"), join(folder, "node_modules/openapi-fetch"));
}

test("curl", async () => {
  const { stdout } = await run("bash", ["--norc", "-ec", block("curl", "sh")], { cwd: folder, env });
  expect(stdout).toBe(
    '{"created":true}{"created":false}{"created":false}{"created":false}{"decision":"accept"}',
  );
});

test("Node, with the package as npm packs it", async () => {
  await writeFile(join(folder, "quick.mjs"), block("Node", "js"));
  const { stdout } = await run(process.execPath, ["quick.mjs"], { cwd: folder, env });
  expect(stdout).toBe("accept\n");
});

const python = clientPython() ?? "";
if (python === "")
  console.log(
    "left out: the quick start in Python (.venv/bin/pip install -r clients/python/requirements.txt)",
  );

test.skipIf(python === "")("Python", async () => {
  await writeFile(join(folder, "quick.py"), block("Python", "python"));
  const paths = { PYTHONPATH: join(ROOT, "clients/python/src"), PYTHONDONTWRITEBYTECODE: "1" };
  const { stdout } = await run(python, ["quick.py"], { cwd: folder, env: { ...env, ...paths } });
  expect(stdout).toBe("accept\n");
});

const withBrowser = test.skipIf(!chromium);
if (!chromium)
  console.log("left out: the client in Chromium, which isn't installed (apt-get install chromium)");

withBrowser(
  "Browser, on a page of another origin with a token",
  async () => {
    const made = await fetch(`${server.url}/tokens`, {
      method: "POST",
      headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
      body: JSON.stringify({ scopes: ["speakers:write", "verify"], speaker: "rms", lifetimeSeconds: 900 }),
    });
    const { token } = (await made.json()) as { token: string };
    const given = `const URL = ${JSON.stringify(server.url)}, TOKEN = ${JSON.stringify(token)};\n`;
    await writeFile(join(folder, "page.mjs"), given + block("Browser", "js"));
    const options = { bundle: true, write: false, format: "iife", absWorkingDir: folder } as const;
    const { outputFiles } = await build({ ...options, entryPoints: ["page.mjs"], nodePaths: [] });
    const browser = await playwright.launch({ executablePath: chromium ?? "", args: ["--no-sandbox"] });
    onTestFinished(() => browser.close());
    const tab = await browser.newPage();
    await tab.goto(originOf());
    await tab.addScriptTag({ content: outputFiles[0]?.text ?? "" });
    const files = [5, 1, 2, 3, 4].map((n) => join(ROOT, `samples/rms/${n}.wav`));
    await tab.setInputFiles("input", files);
    await tab.waitForFunction("document.querySelector('output').textContent !== ''", undefined, {
      timeout: 60_000,
    });
    expect(await tab.textContent("output")).toBe("accept");
  },
  120_000,
);
