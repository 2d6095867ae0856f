import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT, startProcess } from "./process.ts";

/** A checkout of its own: what starts here builds into it. */
let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "voiceroll-start-"));
  for (const path of [
    "functions",
    "lib",
    "infra/build",
    "models/catalog.json",
    "models/ecapa-c256",
    "models/vad",
  ])
    cpSync(join(ROOT, path), join(root, path), { recursive: true, verbatimSymlinks: true });
  cpSync(join(ROOT, "package.json"), join(root, "package.json"));
  symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
  symlinkSync(join(ROOT, "samples"), join(root, "samples"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const bundles = () => readdirSync(join(root, "dist/start")).filter((name) => !name.endsWith(".json"));
const currentServer = () => {
  const { name } = JSON.parse(readFileSync(join(root, "dist/start/current.json"), "utf8"));
  return join(root, "dist/start", name, "local-server.mjs");
};

/** Starts as `npm start` does, verifies a voice, and returns the version and what was printed. */
async function started(): Promise<{ version: string; output: string }> {
  const data = mkdtempSync(join(tmpdir(), "voiceroll-start-data-"));
  const server = await startProcess(
    "functions/local.ts",
    { VOICEROLL_DATA: data },
    { root, args: ["--bundle"] },
  );
  try {
    const key = (await readFile(join(data, "api-key"), "utf8")).trim();
    const post = async (path: string, clip: string) => {
      const body = await readFile(join(ROOT, `samples/${clip}.wav`));
      const headers = { Authorization: `Bearer ${key}`, "Content-Type": "audio/wav" };
      const response = await fetch(server.url + path, { method: "POST", headers, body });
      return (await response.json()) as { decision?: string };
    };
    await post("/speakers/awb/enroll", "awb/1");
    expect((await post("/verify?speaker=awb", "slt/5")).decision).toBe("reject");
    expect((await fetch(`${server.url}/console/console.js`)).status).toBe(200);
    const { info } = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
      info: { version: string };
    };
    return { version: info.version, output: server.output() };
  } finally {
    server.child.kill("SIGTERM");
    await server.ended;
    await rm(data, { recursive: true });
  }
}

test("the first start makes the bundle, and the next one runs it", async () => {
  expect(existsSync(join(root, "dist"))).toBe(false);
  await started();
  expect(bundles()).toHaveLength(1);
  appendFileSync(currentServer(), 'process.stderr.write("from the bundle\\n");\n');
  expect((await started()).output).toContain("from the bundle");
});

test("the bundle has the script of every thread", async () => {
  const sources = ["functions", "lib"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => readFileSync(join(ROOT, folder, name), "utf8")),
  );
  const scripts = sources.flatMap((text) =>
    [...text.matchAll(/new URL\("[./]+([\w-]+)\.ts", import\.meta\.url\)/g)].map(([, name]) => `${name}.mjs`),
  );
  expect(scripts.length).toBeGreaterThan(3);
  const files = readdirSync(dirname(currentServer()));
  expect(scripts.filter((name) => !files.includes(name))).toEqual([]);
});

test("a bundle of other sources isn't run: it is made again", async () => {
  const path = join(root, "package.json");
  writeFileSync(path, readFileSync(path, "utf8").replace('"version": "0.1.0"', '"version": "9.9.9"'));
  const { version, output } = await started();
  expect(version).toBe("9.9.9");
  expect(output).not.toContain("from the bundle");
  expect(bundles()).toHaveLength(2);
});

test("where it can't be made, the sources run", async () => {
  const path = join(root, "package.json");
  writeFileSync(path, readFileSync(path, "utf8").replace('"version": "9.9.9"', '"version": "9.9.10"'));
  await rm(join(root, "infra"), { recursive: true });
  expect((await started()).version).toBe("9.9.10");
  expect(bundles()).toHaveLength(2);
});
