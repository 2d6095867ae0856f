import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import {
  ARCHITECTURES,
  type Architecture,
  buildFunctions,
  buildLambda,
  entryOf,
  mapsOf,
  ROOT,
} from "../../infra/build/build-lambda.ts";
import { checkSize, filesIn } from "../../infra/build/files.ts";
import { readStack } from "../../infra/build/read-stack.ts";

const local: Record<string, string> = { local: join(ROOT, "test/lambda/local-entry.ts") };

async function built(
  architecture: Architecture,
  { model = "models/ecapa-c256", entries = local } = {},
): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), "voiceroll-build-"));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  const folder = join(parent, "function");
  await buildLambda({ architecture, folder, entries, model });
  return folder;
}

const digests = async (folder: string) =>
  Promise.all(
    (await filesIn(folder)).map(async ({ path }) => {
      const { mtimeMs, mode } = await stat(join(folder, path));
      const bytes = await readFile(join(folder, path));
      return { path, mtimeMs, mode, sha256: createHash("sha256").update(bytes).digest("hex") };
    }),
  );

test.each(ARCHITECTURES)(
  "two clean builds for %s have the same bytes, times and modes",
  async (architecture) => {
    const entries = { lambda: entryOf("lambda") };
    const [one, other] = [await built(architecture, { entries }), await built(architecture, { entries })];
    expect(await digests(one)).toEqual(await digests(other));
  },
);

test("each function has a folder with only what it reads", async () => {
  const parent = await mkdtemp(join(tmpdir(), "voiceroll-build-"));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  await buildFunctions({ architecture: "arm64", folder: parent, model: "models/ecapa-c256" });
  const has = async (name: string) => {
    const paths = (await filesIn(join(parent, name))).map(({ path }) => path);
    expect(paths.filter((path) => /^[a-z-]+\.mjs$/.test(path) && !path.startsWith("shared-"))).toEqual([
      `${name}.mjs`,
    ]);
    const parts = ["models/ecapa-c256/model.json", "model.onnx", "libonnxruntime", "samples/", "swagger"];
    return parts.filter((part) => paths.some((path) => path.includes(part)));
  };
  const network = ["models/ecapa-c256/model.json", "model.onnx", "libonnxruntime"];
  expect(await has("lambda")).toEqual([...network, "samples/", "swagger"]);
  expect(await has("worker-upload")).toEqual(network);
  expect(await has("worker-job")).toEqual(network);
  expect(await has("gallery-builder")).toEqual(["models/ecapa-c256/model.json"]);
  for (const name of ["sweeper", "admin"]) expect(await has(name)).toEqual([]);
});

test.each(ARCHITECTURES)("contains exactly one native binary for %s", async (architecture) => {
  const folder = await built(architecture);
  const paths = (await filesIn(folder)).map(({ path }) => path);
  const native = paths.filter((path) => /\.(node|so|so\.\d+|dll|dylib)$/.test(path));
  const platform = `node_modules/onnxruntime-node/bin/napi-v6/linux/${architecture}`;
  expect(native).toEqual([`${platform}/libonnxruntime.so.1`, `${platform}/onnxruntime_binding.node`]);
  // e_machine of the ELF header: 183 is AArch64, 62 is x86-64.
  const head = await readFile(join(folder, native[1]));
  expect(head.readUInt16LE(18)).toBe({ arm64: 183, x64: 62 }[architecture]);
});

test("no package of the SDK is imported dynamically: a bundle has none of its names", async () => {
  const sources = (await filesIn(join(ROOT, "lib/adapters"))).map(({ path }) =>
    join(ROOT, "lib/adapters", path),
  );
  for (const path of sources) expect(await readFile(path, "utf8"), path).not.toContain('import("@aws-sdk/');
});

test("leaves the build path out of every file", async () => {
  const folder = await built("arm64");
  const pathsIn = async (parent: string) => (await filesIn(parent)).map(({ path }) => join(parent, path));
  const paths = [...(await pathsIn(folder)), ...(await pathsIn(mapsOf(folder)))];
  const scripts = paths.filter((path) => /\.mjs(\.map)?$/.test(path));
  expect(scripts.length).toBeGreaterThan(1);
  for (const path of scripts) {
    const text = await readFile(path, "utf8");
    expect(text.includes(ROOT)).toBe(false);
    if (path.endsWith(".map"))
      expect(JSON.parse(text).sources.filter((one: string) => one.startsWith("."))).toEqual([]);
  }
});

test("has no source maps in it, and a stack is read with those beside it", async () => {
  const entries = { sweeper: entryOf("sweeper") };
  const folder = await built("arm64", { entries });
  expect((await filesIn(folder)).filter(({ path }) => path.endsWith(".map"))).toEqual([]);
  const script = await readFile(join(folder, "sweeper.mjs"), "utf8");
  const lines = script.slice(0, script.indexOf("The sweeper has no model.")).split("\n");
  const place = `/var/task/sweeper.mjs:${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`;
  const read = readStack(`Error\n    at ${place}\n    at (/var/task/other.mjs:1:2)`, [mapsOf(folder)]);
  expect(read).toMatch(
    /^Error\n {4}at functions\/aws\/sweeper\.ts:10:\d+\n {4}at \(\/var\/task\/other\.mjs:1:2\)$/,
  );
});

test("rejects a folder beyond the size limit and names its largest files", () => {
  const files = [
    { path: "models/huge/model.onnx", bytes: 79_000_000 },
    { path: "lambda.mjs", bytes: 1_000_000 },
  ];
  expect(() => checkSize(files, 80)).not.toThrow();
  expect(() => checkSize([...files, { path: "one", bytes: 1 }], 80)).toThrow(
    /exceeds 80 MB unzipped.*\n +79\.0 MB +models\/huge\/model\.onnx/,
  );
});

test("rejects a folder that is not a model folder and says what to pass", async () => {
  await expect(built("arm64", { model: "models/training" })).rejects.toThrow(
    /models\/training is not a model folder\. --model/,
  );
});
