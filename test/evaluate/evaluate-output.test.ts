import { join } from "node:path";
import { expect, test } from "vitest";
import { evaluationText } from "../../cli/evaluate/text.ts";
import { evaluateList } from "../../lib/evaluate/evaluate.ts";
import { evaluationJson, evaluationsCsv, scoresCsv } from "../../lib/evaluate/serialize.ts";
import { fakeSystem } from "./fake-system.ts";
import { recordings } from "./recordings.ts";

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
  const [counts, origin, head] = text.split("\n");
  expect(counts).toBe("office: 2 target and 2 impostor trials of 4 clips, 2 speakers");
  expect(origin).toMatch(/^voiceroll [\d.]+, model mdl_test, cohort coh_test, list sha256 [0-9a-f]{64}$/);
  expect(head).toMatch(/^ +cosine +z-norm +t-norm +s-norm +as-norm$/);
  expect(text).toMatch(/\nEER % +\d/);
  expect(text).toMatch(/\nminDCF \(prior 0\.01\) +\d/);
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
