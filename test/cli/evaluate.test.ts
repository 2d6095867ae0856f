import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { evaluateList } from "../../cli/evaluate.ts";
import { evaluationJson, evaluationText } from "../../cli/evaluation-text.ts";
import { eer } from "../../lib/score/metrics.ts";
import { METHODS } from "../../lib/score/types.ts";
import { cosine, normalize } from "../../lib/score/vector.ts";
import { fakeBundle } from "./fake-bundle.ts";
import { temporaryFolder } from "./run.ts";

const CLIPS: Record<string, string> = {
  "a1.wav": "1 0",
  "a2.wav": "0.9 0.3",
  "b1.wav": "0 1",
  "b2.wav": "0.6 0.8",
};
const TRIALS = "1 a1.wav a2.wav\n1 b1.wav b2.wav\n0 a1.wav b1.wav\n0 a2.wav b2.wav\n";

function recordings(clips: Record<string, string> = CLIPS, trials = TRIALS): string {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(clips)) writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, "office.txt"), trials);
  return folder;
}

test("every trial is scored by every method, each clip is embedded once", async () => {
  const folder = recordings();
  const bundle = fakeBundle();
  const found = await evaluateList(bundle, { list: join(folder, "office.txt") });
  expect(bundle.heard.toSorted()).toEqual(Object.values(CLIPS).toSorted());
  expect([found.list, found.targets, found.impostors, found.clips]).toEqual(["office", 2, 2, 4]);
  expect(found.results.map(({ method }) => method)).toEqual([...METHODS]);
  const voice = (name: string) => normalize(CLIPS[name].split(" ").map(Number));
  const score = (a: string, b: string) => cosine(voice(a), voice(b));
  const byHand = eer(
    [score("a1.wav", "a2.wav"), score("b1.wav", "b2.wav")],
    [score("a1.wav", "b1.wav"), score("a2.wav", "b2.wav")],
  );
  expect(found.results[0]).toMatchObject({ method: "cosine", ...byHand });
});

test("how many clips are in work at once changes nothing", async () => {
  const folder = recordings();
  const list = join(folder, "office.txt");
  const [one, four] = await Promise.all(
    [1, 4].map((workers) => evaluateList(fakeBundle(), { list, workers })),
  );
  expect(four).toEqual(one);
});

test("paths are relative to --root, else to the list's folder", async () => {
  const folder = recordings();
  mkdirSync(join(folder, "lists"));
  const list = join(folder, "lists", "office.txt");
  writeFileSync(list, TRIALS);
  await expect(evaluateList(fakeBundle(), { list })).rejects.toThrow(/office\.txt:1: a1\.wav: there is no/);
  expect((await evaluateList(fakeBundle(), { list, root: folder })).targets).toBe(2);
});

test("a missing file is found before any clip is embedded, and named with its line", async () => {
  const folder = recordings(CLIPS, `${TRIALS}1 a1.wav gone.wav\n`);
  const bundle = fakeBundle();
  const list = join(folder, "office.txt");
  await expect(evaluateList(bundle, { list })).rejects.toThrow(`${list}:5: gone.wav: there is no such file`);
  expect(bundle.heard).toEqual([]);
});

test("a clip too short to embed is excluded by name, line and number of trials, never silently", async () => {
  const trials = `${TRIALS}0 a1.wav short.wav\n0 short.wav b1.wav\n`;
  const folder = recordings({ ...CLIPS, "short.wav": "short" }, trials);
  const found = await evaluateList(fakeBundle(), { list: join(folder, "office.txt") });
  expect(found.excluded).toEqual([{ path: "short.wav", line: 5, speechSeconds: 0.12, trials: 2 }]);
  expect([found.targets, found.impostors]).toEqual([2, 2]);
});

test("a list that keeps one class only, once short clips are out, has no error rates", async () => {
  const folder = recordings({ ...CLIPS, "short.wav": "short" }, "1 a1.wav a2.wav\n0 a1.wav short.wav\n");
  const list = join(folder, "office.txt");
  await expect(evaluateList(fakeBundle(), { list })).rejects.toThrow(/all 1 trials have label 1/);
});

test("with a cache the second run embeds nothing and gives the same figures", async () => {
  const folder = recordings();
  const input = { list: join(folder, "office.txt"), cache: join(folder, "cache") };
  const [before, again] = [fakeBundle(), fakeBundle()];
  const first = await evaluateList(before, input);
  const second = await evaluateList(again, input);
  expect([before.heard.length, again.heard.length]).toEqual([4, 0]);
  for (const [i, result] of second.results.entries()) {
    expect(result.eer).toBeCloseTo(first.results[i].eer, 6);
    expect(result.threshold).toBeCloseTo(first.results[i].threshold, 5);
  }
});

test("progress counts every distinct clip to the end", async () => {
  const folder = recordings();
  const seen: string[] = [];
  await evaluateList(fakeBundle(), {
    list: join(folder, "office.txt"),
    onProgress: (done, total) => seen.push(`${done}/${total}`),
  });
  expect(seen).toEqual(["1/4", "2/4", "3/4", "4/4"]);
});

test("JSON has one line a method, with the promised keys first", async () => {
  const folder = recordings();
  const found = await evaluateList(fakeBundle(), { list: join(folder, "office.txt") });
  const lines = evaluationJson(found) as Record<string, unknown>[];
  expect(lines.map(({ method }) => method)).toEqual(["cosine", "z-norm", "s-norm", "as-norm"]);
  const keys = ["list", "method", "targets", "impostors", "eer", "minDcf05", "minDcf01", "threshold"];
  for (const line of lines) expect(Object.keys(line).slice(0, 8)).toEqual(keys);
  expect(lines[0].list).toBe("office");
});

test("the table has the methods side by side", async () => {
  const folder = recordings();
  const text = evaluationText(await evaluateList(fakeBundle(), { list: join(folder, "office.txt") }));
  expect(text).toMatch(
    /^office: 2 target and 2 impostor trials of 4 clips\n +cosine +z-norm +s-norm +as-norm\n/,
  );
  expect(text).toMatch(/\nEER % +\d/);
  expect(text).toMatch(/\nminDCF \(prior 0\.01\) +\d/);
});
