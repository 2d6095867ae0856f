import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { evaluateList } from "../../lib/evaluate/evaluate.ts";
import { cosine, normalize } from "../../lib/score/scoring/vector.ts";
import { fakeSystem } from "./fake-system.ts";
import { CLIPS, recordings, TRIALS } from "./recordings.ts";

test("paths start from --root, or from the list's folder without it", async () => {
  const folder = recordings();
  mkdirSync(join(folder, "lists"));
  const list = join(folder, "lists", "office.txt");
  writeFileSync(list, TRIALS);
  await expect(evaluateList(fakeSystem(), { list })).rejects.toThrow(
    /office\.txt:1: a1\.wav: There is no such file/,
  );
  expect((await evaluateList(fakeSystem(), { list, root: folder })).parts[0].targets).toBe(2);
});

test("reports a missing file with its line before any clip is embedded", async () => {
  const folder = recordings(CLIPS, `${TRIALS}1 a1.wav gone.wav\n`);
  const system = fakeSystem();
  const list = join(folder, "office.txt");
  await expect(evaluateList(system, { list })).rejects.toThrow(`${list}:5: gone.wav: There is no such file`);
  expect(system.embedded).toEqual([]);
});

test("rejects a list that has one class left after short clips are excluded", async () => {
  const folder = recordings({ ...CLIPS, "short.wav": "short" }, "1 a1.wav a2.wav\n0 a1.wav short.wav\n");
  const list = join(folder, "office.txt");
  await expect(evaluateList(fakeSystem(), { list })).rejects.toThrow(/All 1 trials have label 1/);
});

test("a model of several clips is the mean of their embeddings, as in the registry", async () => {
  const folder = recordings();
  writeFileSync(join(folder, "models.txt"), "anna a1.wav a2.wav\nben b1.wav\n");
  writeFileSync(join(folder, "many.txt"), "0 anna b2.wav\n1 ben b2.wav\n0 ben a1.wav\n");
  const input = { list: join(folder, "many.txt"), enroll: join(folder, "models.txt") };
  const evaluation = await evaluateList(fakeSystem(), input);
  const [a1, a2, b2] = ["a1.wav", "a2.wav", "b2.wav"].map((name) =>
    normalize(CLIPS[name].split(" ").map(Number)),
  );
  const mean = normalize(a1.map((x, i) => x + a2[i]));
  expect(evaluation.scores[0].scores[0]).toBeCloseTo(cosine(mean, b2), 6);
  expect(evaluation.parts[0]).toMatchObject({ targets: 1, impostors: 2, speakers: 2 });
});

test("rejects an invalid enrollment list and a trial of an unknown model with the line number", async () => {
  const folder = recordings();
  const list = join(folder, "many.txt");
  const enroll = join(folder, "models.txt");
  const messageOf = async (models: string, trials: string) => {
    writeFileSync(enroll, models);
    writeFileSync(list, trials);
    return evaluateList(fakeSystem(), { list, enroll }).then(
      () => "accepted",
      (error: Error) => error.message,
    );
  };
  const trials = "1 anna a2.wav\n0 anna b1.wav\n";
  expect(await messageOf("anna\n", trials)).toMatch(/models\.txt:1: The line has no path/);
  expect(await messageOf("anna a1.wav\nanna a2.wav\n", trials)).toMatch(
    /models\.txt:2: anna is already enrolled on line 1/,
  );
  expect(await messageOf("anna a1.wav a1.wav\n", trials)).toMatch(/models\.txt:1: a1\.wav appears twice/);
  expect(await messageOf("anna a1.wav gone.wav\n", trials)).toMatch(
    /models\.txt:1: gone\.wav: There is no such file/,
  );
  expect(await messageOf("anna a1.wav\n", "1 anna a2.wav\n0 ben b1.wav\n")).toMatch(
    /many\.txt:2: ben is not enrolled/,
  );
});

test("rejects a label that other lines contradict, with its line number", async () => {
  const folder = recordings(CLIPS, `${TRIALS}0 a2.wav a1.wav\n`);
  const list = join(folder, "office.txt");
  await expect(evaluateList(fakeSystem(), { list })).rejects.toThrow(
    /office\.txt:5: The label is 0, but other lines/,
  );
});

test("a clip table gives speakers and parts, and a label that contradicts it is rejected", async () => {
  const trials = `${TRIALS}0 a1.wav b2.wav\n1 a3.wav a1.wav\n`;
  const folder = recordings({ ...CLIPS, "a3.wav": "0.8 0.5 9 telephone" }, trials);
  const list = join(folder, "office.txt");
  const rows = [
    "a1.wav anna 1 en",
    "a2.wav anna 2 en",
    "a3.wav anna 1 zh",
    "b1.wav ben 1 zh",
    "b2.wav ben 2 zh",
  ];
  const table = (lines: string[]) =>
    writeFileSync(
      join(folder, "clips.tsv"),
      ["path speaker session language", ...lines].join("\n").replaceAll(" ", "\t"),
    );
  table(rows);
  const { parts } = await evaluateList(fakeSystem(), { list });
  const seen = parts.map(({ condition, value, targets, impostors }) =>
    [condition, value, targets, impostors].join(" "),
  );
  expect(seen).toEqual([
    "all all 3 3",
    "bandwidth telephone 1 0",
    "bandwidth wide 2 3",
    "session different 2 3",
    "session same 1 3",
    "language en 1 0",
    "language en / zh 1 3",
    "language zh 1 0",
  ]);
  expect(parts[1].results[0].measures).toBeUndefined();
  table([...rows.slice(0, 3), "b1.wav carl 1 zh", rows[4]]);
  await expect(evaluateList(fakeSystem(), { list })).rejects.toThrow(
    /office\.txt:2: The label is 1, but according to the clip table the speakers are carl and ben/,
  );
  table(["a1.wav anna 1"]);
  await expect(evaluateList(fakeSystem(), { list })).rejects.toThrow(
    /clips\.tsv:2: The line has 3 columns, but the first line has 4/,
  );
});

test("trials are split by the net speech of the shorter side", async () => {
  const folder = recordings({ ...CLIPS, "a2.wav": "0.9 0.3 1.5", "b2.wav": "0.6 0.8 9" });
  const { parts } = await evaluateList(fakeSystem(), { list: join(folder, "office.txt") });
  const seen = parts
    .slice(1)
    .map(({ condition, value, targets, impostors }) => [condition, value, targets, impostors].join(" "));
  expect(seen).toEqual(["duration 1-2s 1 1", "duration 2-4s 1 1"]);
});
