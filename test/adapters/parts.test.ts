import { existsSync, readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { entryNamed, partNamed, readCatalog, readParts } from "../../lib/adapters/models/catalog.ts";
import {
  activeModel,
  chooseModel,
  installedModels,
  libraryFolder,
  partFolders,
  removeModel,
} from "../../lib/adapters/models/library.ts";
import { installPart } from "../../lib/adapters/models/parts.ts";
import { pullPart } from "../../lib/adapters/models/pull.ts";
import { sha256Of } from "../../lib/sha256.ts";
import { temporaryFolder } from "../cli/run.ts";
import { fileServer } from "../support/file-server.ts";

const NETWORKS = join(import.meta.dirname, "../golden/models");
const network = join(NETWORKS, "segmentation.onnx");
const draft = { kind: "segmentation", name: "marks" } as const;

test("a part is no model: it is listed apart, can't be used, and is removed like one", async () => {
  const data = temporaryFolder();
  expect((await partFolders(data)).segmentation).toBeUndefined();
  const sha256 = sha256Of(await readFile(network));
  expect(await installPart(data, { network, draft })).toEqual({
    ...draft,
    ...{ file: "network.onnx", sha256, description: "", license: "not stated", trainedOn: [] },
  });
  const folder = join(libraryFolder(data), "marks");
  const active = await activeModel(data);
  const { models, parts, broken } = await installedModels(data);
  expect([models.length, parts.map((part) => part.folder), broken]).toEqual([1, [folder], []]);
  expect((await partFolders(data)).segmentation).toBe(folder);
  await expect(chooseModel(data, "marks")).rejects.toThrow(/marks is no speaker model but a part/);
  expect(await activeModel(data)).toBe(active);
  await removeModel(data, "marks");
  expect((await partFolders(data)).segmentation).toBeUndefined();
  expect(readdirSync(libraryFolder(data))).toEqual([]);
});

test("a data folder has one segmentation network, under a name that no model has", async () => {
  const data = temporaryFolder();
  await installPart(data, { network, draft });
  const again = (name: string) => installPart(data, { network, draft: { ...draft, name } });
  await expect(again("marks")).rejects.toThrow(/marks is already installed/);
  await expect(again("other")).rejects.toThrow(/marks is installed for diarize already\. Remove it first/);
  await expect(again("ecapa-c256")).rejects.toThrow(/is the name of the bundled model/);
});

test.each([
  ["waveform", /can't run on 10 s of sound/],
  ["fair", /can't run on 10 s of sound: .* takes \[batch\]\[1\]\[samples\] at 16 kHz/],
  ["segmentation-logits", /doesn't return logarithms of probabilities/],
])("rejects %s with advice, and leaves no files", async (name, why) => {
  const data = temporaryFolder();
  const refused = installPart(data, { network: join(NETWORKS, `${name}.onnx`), draft });
  await expect(refused).rejects.toMatchObject({ slug: "validation-failed" });
  await expect(refused).rejects.toThrow(why);
  expect(readdirSync(libraryFolder(data))).toEqual([]);
});

test("rejects a file that is no network, or not the one that its manifest names", async () => {
  const data = temporaryFolder();
  const page = join(data, "page.onnx");
  await writeFile(page, "<html>");
  await expect(installPart(data, { network: page, draft })).rejects.toThrow(/can't be opened as an ONNX/);
  const other = { ...draft, sha256: "0".repeat(64) };
  await expect(installPart(data, { network, draft: other })).rejects.toThrow(/its manifest states 0000/);
  expect((await installedModels(data)).parts).toEqual([]);
});

test("the catalog's segmentation network is pulled, and only the file that was published", async () => {
  const entry = await partNamed("pyannote-segmentation");
  if (!entry) throw new RangeError("the catalog has no part");
  expect(entry).toMatchObject({ license: "MIT (CNRS)", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect((await readCatalog()).map(({ name }) => name)).not.toContain(entry.name);
  expect(await readParts()).toEqual([entry]);
  await expect(entryNamed("nobody")).rejects.toThrow(/It has: campplus-zh-en, .*, pyannote-segmentation\./);

  const data = temporaryFolder();
  const bytes = await readFile(network);
  const server = await fileServer(bytes);
  const from = server.url;
  await expect(pullPart(data, entry, { from })).rejects.toThrow(/The file from .* has sha256/);
  expect(existsSync(join(libraryFolder(data), entry.name))).toBe(false);
  const own = { ...entry, sha256: sha256Of(bytes) };
  expect(await pullPart(data, own, { from })).toMatchObject({ kind: "segmentation", name: entry.name });
  expect((await partFolders(data)).segmentation).toBe(join(libraryFolder(data), entry.name));
});

test("a damaged part is listed as one that can't be opened", async () => {
  const data = temporaryFolder();
  await installPart(data, { network, draft });
  await writeFile(join(libraryFolder(data), "marks", "part.json"), "{}");
  const { parts, broken } = await installedModels(data);
  expect([parts, broken.map(({ name }) => name)]).toEqual([[], ["marks"]]);
  await removeModel(data, "marks");
  expect((await installedModels(data)).broken).toEqual([]);
});
