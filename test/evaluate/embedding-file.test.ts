import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readEmbeddingFile } from "../../lib/evaluate/embedding-file.ts";
import { evaluateList } from "../../lib/evaluate/evaluate.ts";
import { systemOfEmbeddings } from "../../lib/evaluate/system.ts";
import { encodeFloat32 } from "../../lib/score/scoring/codec.ts";
import { asNorm, voiceStats } from "../../lib/score/scoring/norm.ts";
import { cosine, normalize } from "../../lib/score/scoring/vector.ts";
import { run, temporaryFolder } from "../cli/run.ts";

const TRIALS = "1 a.wav b.wav\n1 c.wav d.wav\n0 a.wav c.wav\n0 b.wav d.wav\n";
const VOICES = { "a.wav": [3, 1, 0], "b.wav": [3, 2, 0], "c.wav": [0, 1, 3], "d.wav": [0, 2, 3] };
const cohort = Array.from({ length: 24 }, (_, i) => [Math.cos(i), Math.sin(i), Math.cos(3 * i)]);

function files(lines: readonly object[]) {
  const folder = temporaryFolder();
  const [list, file] = [join(folder, "trials.txt"), join(folder, "voices.jsonl")];
  writeFileSync(list, TRIALS);
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return { list, file };
}

const clipLines = (more: object = {}) =>
  Object.entries(VOICES).map(([clip, embedding]) => ({ clip, embedding, ...more }));
const cohortLines = cohort.map((embedding, i) => ({ cohort: `voice-${i}`, embedding }));

async function evaluated(lines: readonly object[]) {
  const { list, file } = files(lines);
  const embeddings = await readEmbeddingFile(file);
  return evaluateList(systemOfEmbeddings(embeddings), { list, embeddings });
}

test("measures cosines of the given embeddings without a cohort and without audio", async () => {
  const { scores, system, clips, parts } = await evaluated(clipLines());
  expect([system, clips, parts.length]).toEqual(["voices.jsonl", 4, 1]);
  expect(scores.map(({ method }) => method)).toEqual(["cosine"]);
  const [a, b] = [VOICES["a.wav"], VOICES["b.wav"]].map(normalize);
  expect(scores[0].scores[0]).toBe(cosine(a, b));
  // (9 + 2) / (sqrt(10) sqrt(13))
  expect(scores[0].scores[0]).toBeCloseTo(0.96476, 5);
});

test("cohort lines normalize the scores, and base64 gives the same result as numbers", async () => {
  const base64 = clipLines().map(({ clip, embedding }) => {
    const bytes = encodeFloat32(Float32Array.from(embedding));
    return { clip, embedding: Buffer.from(bytes).toString("base64") };
  });
  const [numbers, bytes] = [
    await evaluated([...clipLines(), ...cohortLines]),
    await evaluated([...cohortLines, ...base64]),
  ];
  expect(bytes.scores).toEqual(numbers.scores);
  const score = numbers.scores.find(({ method }) => method === "as-norm")?.scores[0];
  const rows = Float32Array.from(cohort.flatMap((row) => [...normalize(Float32Array.from(row))]));
  const own = { id: "coh_x", modelId: "mdl_x", size: 24, dimension: 3, topN: 12, rows } as const;
  const [a, b] = [VOICES["a.wav"], VOICES["b.wav"]].map(normalize);
  const [statsA, statsB] = [voiceStats(a, own), voiceStats(b, own)];
  expect(score).toBe(asNorm(cosine(a, b), statsA as never, statsB as never));
});

test("splits by duration only if every clip has speechSeconds", async () => {
  const lines = clipLines({ speechSeconds: 3 }).map((line, i) =>
    i % 2 ? line : { ...line, speechSeconds: 9 },
  );
  const some = lines.map((line, i) => (i === 1 ? { ...line, speechSeconds: undefined } : line));
  expect((await evaluated(some)).parts).toHaveLength(1);
  const telephone = lines.map((line, i) => (i < 2 ? { ...line, bandwidth: "telephone" } : line));
  expect((await evaluated(telephone)).parts.length).toBeGreaterThan(1);
});

test("reports an invalid file with its line number", async () => {
  const wrong: [object[], RegExp][] = [
    [[], /has no embeddings of clips/],
    [clipLines().slice(1), /trials\.txt:1: a\.wav: .*voices\.jsonl has no embedding of this clip/],
    [[...clipLines(), clipLines()[0]], /voices\.jsonl:5: a\.wav already has an embedding/],
    [
      [...clipLines(), { clip: "e.wav", embedding: [1, 2] }],
      /voices\.jsonl:5: embedding has 2 values, not 3/,
    ],
    [
      [...clipLines(), { clip: "e.wav", embedding: [0, 0, 0] }],
      /voices\.jsonl:5: embedding is all zeros or has/,
    ],
    [[...clipLines(), { clip: "e.wav", embedding: [1, null, 0] }], /voices\.jsonl:5: Write each line as/],
    [[...clipLines(), { clip: "e.wav" }], /voices\.jsonl:5: Write each line as/],
    [[...clipLines(), cohortLines[0]], /has 1 cohort lines\. A cohort needs at least 20/],
  ];
  for (const [lines, why] of wrong) await expect(evaluated(lines)).rejects.toThrow(why);
});

test("the evaluate command reads a file of embeddings", async () => {
  const { list, file } = files([...clipLines(), ...cohortLines]);
  const result = await run("evaluate", list, "--embeddings", file, "--json", "--bootstrap", "0");
  expect([result.code, result.stdout.trim().split("\n").length]).toEqual([0, 5]);
});
