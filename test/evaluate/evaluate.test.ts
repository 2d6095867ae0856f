import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { evaluationText } from "../../cli/evaluate/text.ts";
import { BUNDLED_MODEL } from "../../lib/adapters/model/bundle.ts";
import { cachedEmbed } from "../../lib/evaluate/embedding-cache.ts";
import { evaluateList } from "../../lib/evaluate/evaluate.ts";
import { MEASURED } from "../../lib/evaluate/methods.ts";
import { evaluateScored } from "../../lib/evaluate/scored.ts";
import { evaluationJson, evaluationsCsv, scoresCsv } from "../../lib/evaluate/serialize.ts";
import { cllr, eer } from "../../lib/score/rates/metrics.ts";
import { cosine, normalize } from "../../lib/score/scoring/vector.ts";
import { temporaryFolder } from "../cli/run.ts";
import golden from "../golden/score/evaluation.json" with { type: "json" };
import { fakeCalibration } from "../support/fake-cohort.ts";
import { fakeEmbedder } from "../support/fake-embedder.ts";
import { fakeSystem } from "./fake-system.ts";

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

test("scores every trial by every method and embeds each clip once", async () => {
  const folder = recordings();
  const system = fakeSystem();
  const evaluation = await evaluateList(system, { list: join(folder, "office.txt") });
  expect(system.embedded.toSorted()).toEqual(Object.values(CLIPS).toSorted());
  const [whole] = evaluation.parts;
  expect([evaluation.list, evaluation.clips]).toEqual(["office", 4]);
  expect(whole).toMatchObject({ targets: 2, impostors: 2, speakers: 2 });
  expect(whole.results.map(({ method }) => method)).toEqual([...MEASURED]);
  const voice = (name: string) => normalize(CLIPS[name].split(" ").map(Number));
  const score = (a: string, b: string) => cosine(voice(a), voice(b));
  const byHand = eer(
    [score("a1.wav", "a2.wav"), score("b1.wav", "b2.wav")],
    [score("a1.wav", "b1.wav"), score("a2.wav", "b2.wav")],
  );
  expect(whole.results[0]).toMatchObject({ method: "cosine", measures: byHand });
});

test("the number of clips embedded in parallel does not change the result", async () => {
  const folder = recordings();
  const list = join(folder, "office.txt");
  const [one, four] = await Promise.all([1, 4].map((width) => evaluateList(fakeSystem(), { list, width })));
  expect(four).toEqual(one);
});

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

test("reports a clip that is too short to embed with its line and its number of trials", async () => {
  const trials = `${TRIALS}0 a1.wav short.wav\n0 short.wav b1.wav\n`;
  const folder = recordings({ ...CLIPS, "short.wav": "short" }, trials);
  const evaluation = await evaluateList(fakeSystem(), { list: join(folder, "office.txt") });
  expect(evaluation.excluded).toEqual([{ path: "short.wav", line: 5, speechSeconds: 0.12, trials: 2 }]);
  expect([evaluation.parts[0].targets, evaluation.parts[0].impostors]).toEqual([2, 2]);
});

test("rejects a list that has one class left after short clips are excluded", async () => {
  const folder = recordings({ ...CLIPS, "short.wav": "short" }, "1 a1.wav a2.wav\n0 a1.wav short.wav\n");
  const list = join(folder, "office.txt");
  await expect(evaluateList(fakeSystem(), { list })).rejects.toThrow(/All 1 trials have label 1/);
});

test("an interrupted run resumes from the cache, and no clip is embedded twice", async () => {
  const folder = recordings();
  const list = join(folder, "office.txt");
  const cached = async () => {
    const system = fakeSystem();
    const embed = async (clip: Parameters<typeof system.embedClip>[0]) => ({
      ...(await system.embedClip(clip)),
      audioSha256: "",
      parts: [],
    });
    return { ...system, embedClip: await cachedEmbed({ embed }, BUNDLED_MODEL, join(folder, "cache")) };
  };
  const [cut, again, third] = [await cached(), await cached(), await cached()];
  const broken = {
    ...cut,
    embedClip: async (...args: Parameters<typeof cut.embedClip>) => {
      if (cut.embedded.length === 3) throw new Error("killed");
      return cut.embedClip(...args);
    },
  };
  await expect(evaluateList(broken, { list })).rejects.toThrow("killed");
  const second = await evaluateList(again, { list });
  expect([cut.embedded.length, again.embedded.length]).toEqual([3, 1]);
  expect((await evaluateList(third, { list })).parts).toEqual(second.parts);
  expect(third.embedded).toEqual([]);
});

test("progress counts each distinct clip up to the total", async () => {
  const folder = recordings();
  const seen: string[] = [];
  await evaluateList(fakeSystem(), {
    list: join(folder, "office.txt"),
    onProgress: (done, total) => seen.push(`${done}/${total}`),
  });
  expect(seen).toEqual(["1/4", "2/4", "3/4", "4/4"]);
});

test("JSON has one line per method, and the documented keys come first", async () => {
  const folder = recordings();
  const evaluation = await evaluateList(fakeSystem(), { list: join(folder, "office.txt") });
  const lines = evaluationJson(evaluation) as Record<string, unknown>[];
  expect(lines.map(({ method }) => method)).toEqual(["cosine", "z-norm", "t-norm", "s-norm", "as-norm"]);
  const keys = ["list", "method", "targets", "impostors", "eer", "minDcf05", "minDcf01", "threshold"];
  for (const line of lines) expect(Object.keys(line).slice(0, 8)).toEqual(keys);
  expect(lines[0].list).toBe("office");
});

test("the table shows the methods side by side", async () => {
  const folder = recordings();
  const text = evaluationText(await evaluateList(fakeSystem(), { list: join(folder, "office.txt") }));
  expect(text).toMatch(
    /^office: 2 target and 2 impostor trials of 4 clips, 2 speakers\n +cosine +z-norm +t-norm +s-norm +as-norm\n/,
  );
  expect(text).toMatch(/\nEER % +\d/);
  expect(text).toMatch(/\nminDCF \(prior 0\.01\) +\d/);
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

test("measures a scored list without audio; EER, minDCF, Cllr and minCllr equal scikit-learn's to 1e-6", async () => {
  const folder = temporaryFolder();
  const list = join(folder, "given.txt");
  for (const { trials, speakers, ...expected } of golden) {
    const rows = trials.map(([label, s, c, t, d, score]) => `${label} ${s}-${c}.wav ${t}-${d}.wav ${score}`);
    writeFileSync(list, rows.join("\n"));
    const [whole] = (await evaluateScored({ list, replicates: 50 })).parts;
    const { measures, intervals } = whole.results[0];
    const near = (x: number | undefined, y: number) => expect(Math.abs(x! - y)).toBeLessThan(1e-6);
    expect(whole.speakers).toBe(speakers);
    near(measures?.eer, expected.eer);
    for (const [p, cost] of expected.minDcf.entries()) near(measures?.minDcf[p].minDcf, cost);
    near(measures?.minCllr, expected.minCllr);
    near(measures?.cllrFitted, expected.cllrFitted);
    expect(intervals?.eer?.low).toBeLessThan(expected.eer);
  }
});

test("rejects a score that is not a finite number, with its line number", async () => {
  const list = join(temporaryFolder(), "given.txt");
  for (const score of ["NaN", "Infinity", "high"]) {
    writeFileSync(list, `1 a b 0.5\n0 a c ${score}\n`);
    await expect(evaluateScored({ list })).rejects.toThrow(`given.txt:2: The score is "${score}"`);
  }
  writeFileSync(list, "1 a b 0.5\n0 a c\n");
  await expect(evaluateScored({ list })).rejects.toThrow(
    /given\.txt:2: The line has 3 fields\. Write `label path path score`/,
  );
});

test("CSV has one row per measure, and one row per trial", async () => {
  const folder = recordings();
  const evaluation = await evaluateList(fakeSystem(), { list: join(folder, "office.txt") });
  const figures = evaluationsCsv([evaluation]).trim().split("\r\n");
  expect(figures[0]).toMatch(
    /^list,model,condition,value,method,targets,impostors,speakers,measure,estimate,/,
  );
  expect(figures[1]).toMatch(/^office,fake,all,all,cosine,2,2,2,eer,[\d.]+,,,[\d.]+$/);
  const trials = scoresCsv(evaluation).trim().split("\r\n");
  expect(trials[0]).toBe("line,label,enrolled,probe,cosine,z-norm,t-norm,s-norm,as-norm");
  expect(trials[1]).toMatch(/^1,1,a1\.wav,a2\.wav,0\.94/);
  expect(trials.length).toBe(5);
});

test("Cllr uses the likelihood ratios of the service, adjusted for each trial's speech and noise", async () => {
  const folder = recordings({ ...CLIPS, "a2.wav": "0.9 0.3 6", "b2.wav": "0.6 0.8 12" });
  const llr = {
    slope: 5,
    offset: -2,
    measures: [{ measure: "longer" as const, weight: 0.7, from: 0, to: Math.log(10), typical: 1 }],
  };
  const table = {
    method: "cosine" as const,
    bucket: "any" as const,
    bandwidth: "any" as const,
    llr,
    points: [],
  };
  const calibration = { ...fakeCalibration(fakeEmbedder().model), tables: [table] };
  const evaluation = await evaluateList(
    { ...fakeSystem(), calibration },
    { list: join(folder, "office.txt") },
  );
  const [{ scores, llrs }, zNorm] = evaluation.scores;
  const longer = [6, 10, 3, 10].map(Math.log);
  for (const [t, score] of scores.entries()) expect(llrs![t]).toBeCloseTo(5 * score - 2 + 0.7 * longer[t], 9);
  expect(zNorm.llrs).toBeUndefined();
  const { measures } = evaluation.parts[0].results[0];
  expect(measures?.cllr).toBeCloseTo(cllr(llrs!.subarray(0, 2), llrs!.subarray(2)), 12);
  expect(evaluation.parts[0].results[1].measures?.cllr).toBeUndefined();
});
