import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { openBundle } from "../../lib/adapters/model/bundle.ts";
import { BUNDLED_MODEL } from "../../lib/adapters/model/bundled-model.ts";
import { readModelManifest } from "../../lib/adapters/model/manifest.ts";
import { entryNamed } from "../../lib/adapters/models/catalog.ts";
import { readable } from "../../lib/adapters/models/download-errors.ts";
import { libraryFolder } from "../../lib/adapters/models/library.ts";
import { type PullOptions, pullModel } from "../../lib/adapters/models/pull.ts";
import { temporaryFolder } from "../cli/run.ts";
import { type FileServer, fileServer } from "../support/file-server.ts";
import { entryOf, otherNetwork } from "../support/networks.ts";

const NAME = "pulled";
const patience = { attempts: 2, firstWaitMs: 1, idleMs: 60_000 };
let network: Buffer;
let changed: Buffer;

beforeAll(async () => {
  [network, changed] = await Promise.all([otherNetwork("one"), otherNetwork("two")]);
});

const pull = async (data: string, { url }: FileServer, more: PullOptions = {}, bytes = network) =>
  pullModel(data, await entryOf(NAME, bytes, url), { patience, ...more });

/** By `equals`: a comparison that could show where they differ takes a minute. */
const isWhole = async (data: string, bytes = network) =>
  bytes.equals(await readFile(join(libraryFolder(data), NAME, "model.onnx")));

/** Names in the library that someone could take for a model, or that fill the disk. */
const left = (data: string) =>
  [libraryFolder(data), join(libraryFolder(data), ".downloads")].flatMap((folder) =>
    existsSync(folder) ? readdirSync(folder).filter((name) => name !== ".downloads") : [],
  );

test("a pulled model opens and reproduces its golden embedding", async () => {
  const [data, server] = [temporaryFolder(), await fileServer(network)];
  const seen: number[] = [];
  const manifest = await pull(data, server, { onProgress: (done) => seen.push(done) });
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(seen.at(-1)).toBe(network.length);
  expect(left(data)).toEqual([NAME]);
  const folder = join(libraryFolder(data), NAME);
  expect(await readModelManifest(folder)).toEqual(manifest);
  const { embedder } = await openBundle({ workers: 0, folder });
  await embedder.check().finally(() => embedder.close());
});

test("a pulled model comes with the cohort and the thresholds that the catalog has for it", async () => {
  const [data, server, catalog] = [temporaryFolder(), await fileServer(network), temporaryFolder()];
  await cp(BUNDLED_MODEL, join(catalog, NAME), { recursive: true });
  await rm(join(catalog, NAME, "model.onnx"));
  await writeFile(join(catalog, "catalog.json"), JSON.stringify([await entryOf(NAME, network, server.url)]));
  const manifest = await pullModel(data, await entryNamed(NAME, join(catalog, "catalog.json")), { patience });
  expect(manifest.sha256).toBe(createHash("sha256").update(network).digest("hex"));
  const pulled = await openBundle({ workers: 0, folder: join(libraryFolder(data), NAME) });
  const { modelId } = pulled.embedder.model;
  const calibration = await pulled.calibrations.bundled(modelId);
  await pulled.embedder.close();
  expect(calibration.tables.length).toBeGreaterThan(0);
  expect((await pulled.cohorts.bundled(modelId)).size).toBe(manifest.cohort?.size);
});

/** Cuts the connection once the client has written `total` bytes: a busy machine reads late. */
function cuts() {
  let written = 0;
  return {
    onProgress: (done: number) => {
      written = done;
    },
    at: (cutAfter: number, total = cutAfter) => ({ cutAfter, when: () => written >= total }),
  };
}

test("resumes an interrupted download within the same call", async () => {
  const [data, server] = [temporaryFolder(), await fileServer(network)];
  const { at, onProgress } = cuts();
  server.faults.push(at(100_000), at(50_000, 150_000));
  await pull(data, server, { onProgress });
  expect(await isWhole(data)).toBe(true);
  expect(server.requests.map(({ range }) => range)).toEqual([undefined, "bytes=100000-", "bytes=150000-"]);
  expect(server.requests.slice(1).map(({ ifRange }) => ifRange)).toEqual(['"v1"', '"v1"']);
  expect(server.sent()).toBe(network.length);
});

test("resumes a failed download in the next call", async () => {
  const [data, server] = [temporaryFolder(), await fileServer(network)];
  const { at, onProgress } = cuts();
  server.faults.push(at(100_000), { status: 503 });
  const failed = pull(data, server, { onProgress });
  await expect(failed).rejects.toMatchObject({ slug: "dependency-unavailable" });
  await expect(failed).rejects.toThrow(/status 503\. Run the command again to resume/);
  await pull(data, server);
  expect(await isWhole(data)).toBe(true);
  expect(server.requests.at(-1)?.range).toBe("bytes=100000-");
});

test.each([
  ["ignores ranges", { ranges: false }],
  ["sends no length", { length: false }],
  ["sends no version", { etag: false }],
])("a server that %s gives the same file, cut off or not", async (_, how) => {
  const [data, server] = [temporaryFolder(), await fileServer(network, how)];
  server.faults.push({ cutAfter: 100_000 });
  await pull(data, server);
  expect(await isWhole(data)).toBe(true);
});

test("retries when a server stops sending", async () => {
  const [data, server] = [temporaryFolder(), await fileServer(network)];
  server.faults.push({ stallAfter: 100_000 });
  await pull(data, server, { patience: { attempts: 5, firstWaitMs: 1, idleMs: 1000 } });
  expect(await isWhole(data)).toBe(true);
});

test("starts over if the file was replaced in between", async () => {
  const [data, server] = [temporaryFolder(), await fileServer(network)];
  const { at, onProgress } = cuts();
  server.faults.push(at(100_000), { status: 500 });
  await expect(pull(data, server, { onProgress })).rejects.toThrow();
  server.replace(changed);
  await pull(data, server, {}, changed);
  expect(await isWhole(data, changed)).toBe(true);
});

test("rejects a file that differs from the catalog, and keeps nothing of it", async () => {
  const [data, server] = [temporaryFolder(), await fileServer(changed)];
  const refused = pull(data, server);
  await expect(refused).rejects.toMatchObject({ slug: "validation-failed" });
  await expect(refused).rejects.toThrow(
    /sha256 [0-9a-f]{64}, but pulled has [0-9a-f]{64}\. Nothing was installed/,
  );
  expect(left(data)).toEqual([]);
});

test("follows a redirect", async () => {
  const [data, server] = [temporaryFolder(), await fileServer(network)];
  await pull(data, server, { from: server.url.replace("file.onnx", "moved") });
  expect(server.requests.map(({ path }) => path)).toEqual(["/moved", "/file.onnx"]);
  expect(await isWhole(data)).toBe(true);
});

test.each([
  [404, /--from/],
  [403, /browser/],
])("the error for status %i contains advice", async (status, advice) => {
  const [data, server] = [temporaryFolder(), await fileServer(network)];
  server.faults.push({ status });
  const refused = pull(data, server);
  await expect(refused).rejects.toMatchObject({ slug: "validation-failed" });
  await expect(refused).rejects.toThrow(advice);
  expect(server.requests).toHaveLength(1);
});

test("without a server, the error names the host and how to install without a network", async () => {
  const data = temporaryFolder();
  const entry = await entryOf(NAME, network, "http://127.0.0.1:1/file.onnx");
  const refused = pullModel(data, entry, { patience });
  await expect(refused).rejects.toMatchObject({ slug: "dependency-unavailable" });
  await expect(refused).rejects.toThrow(/^Can't connect to 127\.0\.0\.1:1 .*HTTPS_PROXY.*models add/);
});

test("reports a full disk as such", () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  const told = readable(full, { url: "http://127.0.0.1/x", to: "/somewhere/x.onnx" });
  expect(told).toMatchObject({ slug: "storage-unavailable" });
  expect(String(told)).toMatch(/The disk with \/somewhere is full.*resume the download/);
});

test("without a sha256 in the catalog, installs nothing until the caller accepts it, and downloads once", async () => {
  const [data, server] = [temporaryFolder(), await fileServer(network)];
  const { sha256, ...entry } = await entryOf(NAME, network, server.url);
  const asked = pullModel(data, entry, { patience });
  await expect(asked).rejects.toThrow(`models pull ${NAME} --accept-digest ${sha256}`);
  expect(existsSync(join(libraryFolder(data), NAME))).toBe(false);
  await pullModel(data, entry, { patience, acceptDigest: sha256 });
  expect(await isWhole(data)).toBe(true);
  expect(server.requests).toHaveLength(1);
});

test("an accepted digest overrides neither the catalog's digest nor that of another file", async () => {
  const [data, server] = [temporaryFolder(), await fileServer(network)];
  const wrong = "0".repeat(64);
  await expect(pull(data, server, { acceptDigest: wrong })).rejects.toThrow(/no other is accepted/);
  const { sha256: _, ...entry } = await entryOf(NAME, network, server.url);
  await expect(pullModel(data, entry, { patience, acceptDigest: wrong })).rejects.toThrow(
    /Nothing was installed/,
  );
  expect(left(data)).toEqual([]);
});

test("rejects a name that is in use before it downloads anything", async () => {
  const [data, server] = [temporaryFolder(), await fileServer(network)];
  await pull(data, server);
  await expect(pull(data, server)).rejects.toThrow(/already installed.*models remove pulled/);
  expect(server.requests).toHaveLength(1);
});

test("a model without an address is installed from a file, with the same check of its digest", async () => {
  const [data, folder] = [temporaryFolder(), temporaryFolder()];
  const [right, wrong] = [join(folder, "right.onnx"), join(folder, "wrong.onnx")];
  await writeFile(right, network);
  await writeFile(wrong, changed);
  const { address: _, ...entry } = await entryOf(NAME, network, "http://127.0.0.1:1/");
  const elsewhere = { ...entry, toGetIt: "Ask its publisher" };
  await expect(pullModel(data, elsewhere)).rejects.toThrow(
    "pulled can't be downloaded from here. Ask its publisher. Then run: voiceroll models pull pulled --from FILE",
  );
  await expect(pullModel(data, elsewhere, { from: join(folder, "none.onnx") })).rejects.toThrow(
    /none\.onnx can't be read \(ENOENT\)/,
  );
  await expect(pullModel(data, elsewhere, { from: wrong })).rejects.toThrow(/has sha256/);
  expect(left(data)).toEqual([]);
  await pullModel(data, elsewhere, { from: right });
  expect(await isWhole(data)).toBe(true);
  expect(left(data)).toEqual([NAME]);
});
