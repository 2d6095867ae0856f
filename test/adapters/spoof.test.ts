import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openBundle } from "../../lib/adapters/model/bundle.ts";
import { spoofDetectorOf } from "../../lib/adapters/model/spoof.ts";
import { installedModels, partFolders, removeModel } from "../../lib/adapters/models/library.ts";
import { installPart, type PartDraft } from "../../lib/adapters/models/parts.ts";
import { readSamples } from "../../lib/audio/read-samples.ts";
import { ROOT, temporaryFolder } from "../cli/run.ts";
import { wav } from "../support/wav.ts";

const network = (name: string) => join(ROOT, `test/golden/models/${name}.onnx`);
const errorRates = [{ set: "a test", eer: 31.5 }];
const draft: PartDraft = { kind: "spoof", name: "by-level", license: "MIT", errorRates };
const slt = readFileSync(join(ROOT, "samples/slt/1.wav"));

async function installed(): Promise<string> {
  const data = temporaryFolder();
  await installPart(data, { network: network("spoof"), draft });
  return data;
}

/** What test/golden/models/make.py computes: twice the level of 64,600 samples, minus 10. */
const expected = (samples: Float32Array) => 2 * Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0)) - 10;

test("a clip is heard from its first speech on, for 4.04 s, in a thread and without one", {
  timeout: 60_000,
}, async () => {
  const parts = await partFolders(await installed());
  const { samples } = await readSamples({ bytes: slt });
  const silence = new Float32Array(48_000);
  const delayed = wav([Float32Array.from([...silence, ...samples])]);
  for (const workers of [0, 1]) {
    const { embedder } = await openBundle({ workers, parts });
    const [plain, late, unasked] = await Promise.all([
      embedder.embed({ bytes: slt }, { spoof: true }),
      embedder.embed({ bytes: delayed }, { spoof: true }),
      embedder.embed({ bytes: slt }),
    ]);
    await embedder.close();
    expect(plain.spoof?.model).toBe("by-level");
    const whole = expected(samples.subarray(0, 64_600));
    expect(Math.abs((plain.spoof?.score ?? 0) - whole)).toBeLessThan(0.05 * whole);
    // With the silence, 4.04 s would have about a quarter of the energy.
    expect(Math.abs((late.spoof?.score ?? 0) - whole)).toBeLessThan(0.05 * whole);
    expect(unasked.spoof).toBeUndefined();
  }
});

test("a short clip is repeated up to 4.04 s", async () => {
  const detector = await spoofDetectorOf(readFileSync(network("spoof-logit")), { name: "logit" });
  const samples = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i));
  const repeated = Float32Array.from({ length: 64_600 }, (_, i) => Math.sin(i % 1000));
  expect(await detector.score(samples)).toBeCloseTo(expected(repeated) / 2, 1);
  await detector.release();
});

test("of two logits, the manifest may name the other one", async () => {
  const bytes = readFileSync(network("spoof"));
  const [usual, other] = await Promise.all([
    spoofDetectorOf(bytes, { name: "usual" }),
    spoofDetectorOf(bytes, { name: "other", bonaFide: 0 }),
  ]);
  const samples = Float32Array.from({ length: 64_600 }, (_, i) => Math.sin(i) / 10);
  expect(await other.score(samples)).toBe(-(await usual.score(samples)));
  await Promise.all([usual.release(), other.release()]);
});

test("a detector is a part: listed, one in a folder, beside a segmentation network, and removed", async () => {
  const data = await installed();
  const { parts } = await installedModels(data);
  expect(parts.map(({ manifest }) => manifest)).toEqual([
    expect.objectContaining({ ...draft, description: "", trainedOn: [], file: "network.onnx" }),
  ]);
  const other = installPart(data, { network: network("spoof"), draft: { ...draft, name: "second" } });
  await expect(other).rejects.toThrow(/by-level is installed for decisions already\. Remove it first/);
  const segmentation = { kind: "segmentation", name: "marks" } as const;
  await installPart(data, { network: network("segmentation"), draft: segmentation });
  expect(Object.keys(await partFolders(data)).sort()).toEqual(["segmentation", "spoof"]);
  await removeModel(data, "by-level");
  expect(Object.keys(await partFolders(data))).toEqual(["segmentation"]);
});

test.each([
  ["spoof-deaf", /same score, or none, to different sounds/],
  ["fair", /can't run on 4\.04 s of sound: .* takes \[1\]\[64600\] samples/],
  ["hearing", /can't run on 4\.04 s of sound: .* not one or two logits/],
])("rejects %s with advice, and leaves no files", async (name, why) => {
  const data = temporaryFolder();
  const refused = installPart(data, { network: network(name), draft });
  await expect(refused).rejects.toMatchObject({ slug: "validation-failed" });
  await expect(refused).rejects.toThrow(why);
  expect(await partFolders(data)).toEqual({});
});

test("a damaged detector makes the model unavailable", async () => {
  const parts = await partFolders(await installed());
  writeFileSync(join(parts.spoof ?? "", "network.onnx"), "no network");
  const opened = openBundle({ workers: 0, parts });
  await expect(opened).rejects.toMatchObject({ slug: "model-unavailable" });
});
