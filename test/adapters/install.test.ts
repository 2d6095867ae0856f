import { existsSync, readdirSync } from "node:fs";
import { cp, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { openBundle } from "../../lib/adapters/model/bundle.ts";
import { BUNDLED_MODEL } from "../../lib/adapters/model/bundled-model.ts";
import { modelIdOf, readModelManifest } from "../../lib/adapters/model/manifest.ts";
import { entryNamed, readCatalog, readDraft } from "../../lib/adapters/models/catalog.ts";
import { installModel, type ManifestDraft } from "../../lib/adapters/models/install.ts";
import {
  activeModel,
  chooseModel,
  installedModels,
  libraryFolder,
  removeModel,
} from "../../lib/adapters/models/library.ts";
import { cosine } from "../../lib/score/scoring/vector.ts";
import { temporaryFolder } from "../cli/run.ts";
import { draftOf, otherNetwork } from "../support/networks.ts";
import { RECIPE } from "../support/recipe.ts";

const NETWORKS = join(import.meta.dirname, "../golden/models");
const SAMPLE = join(import.meta.dirname, "../../samples/awb/1.wav");

/** The small networks' manifest: 16 values of 80 bins. */
const small = async (name = "small"): Promise<ManifestDraft> => ({ ...(await draftOf(name)), dimension: 16 });

const install = (data: string, network: string, draft: ManifestDraft) =>
  installModel(data, { network, draft, partsFolder: dirname(network) });

const odd = (name: string) => join(NETWORKS, `${name}.onnx`);

test.each(["fair", "nameless-axes"])("accepts a network with one input and one output: %s", async (name) => {
  const data = temporaryFolder();
  const manifest = await install(data, odd(name), await small());
  expect(manifest).toMatchObject({ input: "x", output: "y", dimension: 16, minSpeechSeconds: 0.3 });
  expect(manifest.golden.embedding).toHaveLength(16);
  const folder = join(libraryFolder(data), "small");
  const { embedder, cohorts, calibrations } = await openBundle({ workers: 0, folder });
  const { modelId } = embedder.model;
  expect(await cohorts.bundled(modelId)).toMatchObject({ size: 0 });
  expect(await calibrations.bundled(modelId)).toMatchObject({ tables: [] });
  const embedded = await embedder.embed({ bytes: await readFile(SAMPLE) });
  expect(embedded.embedding).toHaveLength(16);
  await embedder.check().finally(() => embedder.close());
});

test.each([
  ["two-inputs", /has 2 inputs \(x, lengths\)/],
  [
    "fixed-frames",
    /x is \[batch\]\[200\]\[80\]: it takes exactly 200 frames\. Export it with a dynamic axis/,
  ],
  ["fixed-batch", /the batch must be 1 or dynamic/],
  ["swapped-axes", /bins come before frames/],
  ["waveform", /\[batch\]\[samples\]: it must have three axes.*"kind": "waveform"/],
  ["half", /is float16\. Export it in float32/],
  ["forty-bins", /takes 40 bins, but the manifest's features have melBins 80/],
  ["unpooled", /isn't one embedding per clip/],
  ["two-outputs", /has 2 outputs \(y, spread\)\. Set "output" in the manifest/],
  ["deaf", /the same embedding for any input/],
  ["not-a-number", /NaN or infinite values/],
])("rejects %s with advice, and leaves no files", async (name, why) => {
  const data = temporaryFolder();
  const refused = install(data, odd(name), await small());
  await expect(refused).rejects.toMatchObject({ slug: "validation-failed" });
  await expect(refused).rejects.toThrow(why);
  expect(readdirSync(libraryFolder(data))).toEqual([]);
});

test.each([
  ["a text", Buffer.from("<html>404</html>"), /can't be opened as an ONNX network/],
  ["nothing", Buffer.alloc(0), /can't be opened as an ONNX network/],
])("%s is no network", async (_, bytes, why) => {
  const data = temporaryFolder();
  const file = join(data, "file.onnx");
  await writeFile(file, bytes);
  await expect(install(data, file, await small())).rejects.toThrow(why);
  expect(readdirSync(libraryFolder(data))).toEqual([]);
});

test("rejects a truncated network", async () => {
  const data = temporaryFolder();
  const file = join(data, "file.onnx");
  await writeFile(file, (await otherNetwork("cut")).subarray(0, 1_000_000));
  await expect(install(data, file, await draftOf("cut"))).rejects.toThrow(/can't be opened/);
});

test.each<[string, Partial<ManifestDraft>, RegExp]>([
  ["another dimension", { dimension: 32 }, /returns 16 values, but the manifest states dimension 32/],
  ["another file's sha256", { sha256: "0".repeat(64) }, /Check which one is right/],
  ["an output that is not there", { output: "z" }, /has no output z\. It has: y/],
  ["an input that is not there", { input: "z" }, /input is x, but the manifest states z/],
  ["a mean of another width", { mean: [0, 0] }, /mean has 2 values, but its dimension is 16/],
  [
    "frames of another length",
    { features: { ...RECIPE, sampleRateHz: 16000, windowMs: 20 } },
    /frames are 20\/10 ms/,
  ],
  [
    "a cohort that is not there",
    { cohort: { file: "cohort.bin", sha256: "0".repeat(64), size: 1, topN: 1, source: "" } },
    /names cohort.bin, but .* has no such file/,
  ],
  [
    "a check for several speakers that is not there",
    { speakersCheck: { file: "speakers-check.json", sha256: "0".repeat(64) } },
    /names speakers-check.json, but .* has no such file/,
  ],
])("a manifest with %s is refused", async (_, wrong, why) => {
  const data = temporaryFolder();
  const refused = install(data, odd("fair"), { ...(await small()), ...wrong });
  await expect(refused).rejects.toMatchObject({ slug: "validation-failed" });
  await expect(refused).rejects.toThrow(why);
  expect(readdirSync(libraryFolder(data))).toEqual([]);
});

test("uses the output that the manifest names", async () => {
  const draft = { ...(await small()), output: "spread", dimension: 80 };
  expect(await install(temporaryFolder(), odd("two-outputs"), draft)).toMatchObject({ output: "spread" });
});

test("reports the errors of a manifest with their place", async () => {
  const file = join(temporaryFolder(), "m.json");
  const draft = await small();
  const wrong = {
    ...draft,
    name: "No Spaces",
    features: { ...draft.features, window: "hann" },
    color: "red",
  };
  await writeFile(file, JSON.stringify(wrong));
  await expect(readDraft(file)).rejects.toThrow(/name: .*features\.window: .*color/s);
  await writeFile(file, "no JSON");
  await expect(readDraft(file)).rejects.toThrow(/isn't valid JSON/);
  await writeFile(file, JSON.stringify({ ...draft, golden: { file: "../x", sha256: "", embedding: [] } }));
  await expect(readDraft(file)).rejects.toThrow(/golden\.file: must be a plain file name/);
});

test("the manifest in the documentation is valid", async () => {
  const text = await readFile(join(NETWORKS, "../../../docs/models.md"), "utf8");
  const file = join(temporaryFolder(), "net.json");
  await writeFile(file, /```json\n(.*?)```/s.exec(text)?.[1] ?? "");
  const { name: _, ...wespeaker } = await entryNamed("wespeaker-resnet34-lm");
  expect(await readDraft(file)).toMatchObject({ name: "my-model", features: wespeaker.features });
});

test("the bundled network embeds alike under another manifest; another front end makes it another model", async () => {
  const data = temporaryFolder();
  const network = join(BUNDLED_MODEL, (await readModelManifest(BUNDLED_MODEL)).file);
  const draft = await draftOf("same-networks");
  const same = await install(data, network, draft);
  const other = await install(data, network, {
    ...draft,
    name: "other-networks",
    features: { ...RECIPE, sampleRateHz: 16000, window: "hamming" },
  });
  const bundled = await readModelManifest(BUNDLED_MODEL);
  expect(new Set([same, other, bundled].map(modelIdOf)).size).toBe(3);
  const bytes = await readFile(SAMPLE);
  const voices = [];
  for (const folder of [
    BUNDLED_MODEL,
    ...["same-networks", "other-networks"].map((n) => join(libraryFolder(data), n)),
  ]) {
    const { embedder } = await openBundle({ workers: 0, folder });
    const { embedding } = await embedder.embed({ bytes });
    if (!embedding) throw new RangeError(folder);
    voices.push(embedding);
    await embedder.close();
  }
  if (!bundled.mean) expect([...voices[1]]).toEqual([...voices[0]]);
  expect(cosine(voices[2], voices[0])).toBeLessThan(0.99999);
});

test("the embedded frames don't depend on the model's sample scale, even in a quiet recording", async () => {
  const data = temporaryFolder();
  const quiet = await readFile(join(SAMPLE, "../../rms/2.wav"));
  for (let at = 44; at < quiet.length; at += 2)
    quiet.writeInt16LE(Math.round(quiet.readInt16LE(at) / 600), at);
  const counts = [];
  for (const [name, sampleScale] of [
    ["at-32768", 32_768],
    ["at-1", 1],
  ] as const) {
    const features = { ...RECIPE, sampleRateHz: 16000 as const, sampleScale };
    await install(data, odd("counter"), { ...(await draftOf(name)), dimension: 2, features });
    const { embedder } = await openBundle({ workers: 0, folder: join(libraryFolder(data), name) });
    const { embedding = [0, 0] } = await embedder.embed({ bytes: quiet });
    counts.push(Math.round((300 * embedding[0]) / embedding[1]));
    await embedder.close();
  }
  expect(counts[0]).toBeGreaterThan(100);
  expect(counts[1]).toBe(counts[0]);
});

test("installs a model folder with its cohort and thresholds", async () => {
  const [data, folder] = [temporaryFolder(), join(temporaryFolder(), "copy")];
  await cp(BUNDLED_MODEL, folder, { recursive: true });
  const read = await readDraft(join(folder, "model.json"));
  if (read.kind) throw new RangeError("a part");
  const draft = { ...read, name: "copy" };
  await install(data, join(folder, "model.onnx"), draft);
  const copy = await openBundle({ workers: 0, folder: join(libraryFolder(data), "copy") });
  const { modelId } = copy.embedder.model;
  const [cohort, calibration] = [
    await copy.cohorts.bundled(modelId),
    await copy.calibrations.bundled(modelId),
  ];
  expect([cohort.size, calibration.cohortId]).toEqual([draft.cohort?.size, cohort.id]);
  expect(calibration.tables.length).toBeGreaterThan(0);
  await copy.embedder.close();
});

test("uses the bundled model, then the chosen one, which cannot be removed while it is in use", async () => {
  const data = temporaryFolder();
  const bundled = (await readModelManifest(BUNDLED_MODEL)).name;
  expect(await activeModel(data)).toBe(BUNDLED_MODEL);
  await expect(chooseModel(data, "small")).rejects.toThrow(/No model small is installed here\. Installed: /);
  await install(data, odd("fair"), await small());
  expect(await activeModel(data)).toBe(BUNDLED_MODEL);
  await chooseModel(data, "small");
  expect(await activeModel(data)).toBe(join(libraryFolder(data), "small"));
  const { models } = await installedModels(data);
  expect(models.map(({ manifest, active, bundled: own }) => [manifest.name, active, own])).toEqual([
    [bundled, false, true],
    ["small", true, false],
  ]);
  await expect(removeModel(data, "small")).rejects.toThrow(/is in use/);
  await expect(removeModel(data, bundled)).rejects.toThrow(/comes with Voiceroll/);
  await chooseModel(data, bundled);
  expect(await activeModel(data)).toBe(BUNDLED_MODEL);
  await removeModel(data, "small");
  expect(existsSync(join(libraryFolder(data), "small"))).toBe(false);
});

test("never replaces a damaged chosen model: it is unavailable, listed as broken, and removable", async () => {
  const data = temporaryFolder();
  await install(data, odd("fair"), await small());
  await chooseModel(data, "small");
  await writeFile(join(libraryFolder(data), "small", "model.json"), "{}");
  await expect(activeModel(data)).rejects.toMatchObject({ slug: "model-unavailable" });
  const { broken } = await installedModels(data);
  expect(broken).toMatchObject([{ name: "small" }]);
  await chooseModel(data, (await readModelManifest(BUNDLED_MODEL)).name);
  await removeModel(data, "small");
  expect((await installedModels(data)).broken).toEqual([]);
});

test("the catalog's front ends are those with numbers in test/golden/audio", async () => {
  const golden = JSON.parse(await readFile(join(NETWORKS, "../audio/fbank.json"), "utf8"));
  const recipe = (name: string) =>
    golden.recipes.find((one: { name: string }) => one.name === name)?.recipe as unknown;
  const entries = await readCatalog();
  expect(entries.map(({ name }) => name).sort()).toEqual([
    "3dspeaker-campplus",
    "3dspeaker-eres2net",
    "campplus-zh-en",
    "redimnet2-b2-vox2-lm",
    "redimnet2-b3-vox2-lm",
    "redimnet2-b6-vox2-lm",
    "wespeaker-ecapa512-lm",
    "wespeaker-resnet34-lm",
  ]);
  for (const { name, features, sha256, address, toGetIt } of entries) {
    expect([name, address ?? toGetIt]).toEqual([name, expect.stringMatching(/^https:|publishe|Download/)]);
    if (name.startsWith("redimnet2")) {
      expect(features).toEqual({ kind: "waveform", sampleRateHz: 16000, sampleScale: 1 });
      continue;
    }
    const front = recipe(name.startsWith("wespeaker") ? "wespeaker" : "3d-speaker");
    expect([name, features]).toEqual([name, front]);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  }
  await expect(entryNamed("nobody")).rejects.toThrow(
    /The catalog has no model nobody\. It has: campplus-zh-en, wespeaker-/,
  );
});
