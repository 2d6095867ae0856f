import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { evaluateList } from "../../lib/evaluate/evaluate.ts";
import { evaluateScored } from "../../lib/evaluate/scored.ts";
import { cllr } from "../../lib/score/rates/metrics.ts";
import { temporaryFolder } from "../cli/run.ts";
import golden from "../golden/score/evaluation.json" with { type: "json" };
import { fakeCalibration } from "../support/fake-cohort.ts";
import { fakeEmbedder } from "../support/fake-embedder.ts";
import { fakeSystem } from "./fake-system.ts";
import { CLIPS, recordings } from "./recordings.ts";

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
