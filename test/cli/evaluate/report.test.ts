import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { EXPLANATION } from "../../../cli/evaluate/report/explanation.ts";
import { writeReport } from "../../../cli/evaluate/report/write.ts";
import { speak } from "../../../cli/text/language.ts";
import { evaluateScored } from "../../../lib/evaluate/scored.ts";
import golden from "../../golden/score/evaluation.json" with { type: "json" };
import { temporaryFolder } from "../run.ts";

async function report(name: string) {
  const folder = temporaryFolder();
  const list = join(folder, name);
  const rows = golden[1].trials.map(([label, s, c, t, d, score]) => `${label} ${s}-${c} ${t}-${d} ${score}`);
  writeFileSync(list, rows.join("\n"));
  const out = join(folder, "report");
  const page = await writeReport([await evaluateScored({ list, replicates: 30 })], out);
  return { out, html: readFileSync(page, "utf8") };
}

test("writes a page, its figures as SVG, and the results as CSV and JSON", async () => {
  const { out } = await report("given.txt");
  expect(readdirSync(out).sort()).toEqual([
    "given-det.svg",
    "given-scores.svg",
    "given-trials.csv",
    "report.html",
    "results.csv",
    "results.json",
  ]);
  const det = readFileSync(join(out, "given-det.svg"), "utf8");
  expect(det).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  expect(det).toContain("False accepts (FAR)");
  expect(det).not.toMatch(/NaN|undefined/);
  // The DET curve is the path with the most points; the axes and the diagonal have two.
  const longest = Math.max(...[...det.matchAll(/ d="([^"]*)"/g)].map(([, path]) => path.split("L").length));
  expect(longest).toBeGreaterThan(4);
  const [result] = JSON.parse(readFileSync(join(out, "results.json"), "utf8"));
  expect(result.eer).toBeCloseTo(golden[1].eer, 6);
  expect(result.intervals.eer.low).toBeLessThan(result.eer);
});

test("the page loads nothing, and shows the figures and the numbers", async () => {
  const { html } = await report("given.txt");
  const loads = [...html.matchAll(/(?:src|href)="?([^"\s)]+)|url\(([^)]+)\)/g)].map((m) => m[1] ?? m[2]);
  const outside = loads.filter((target) => !/^(#|data:|https:\/\/doi\.org\/)/.test(target));
  expect(outside).toEqual([]);
  expect(html.match(/<svg /g)?.length).toBe(2);
  expect(html).toContain((golden[1].eer * 100).toFixed(2));
  expect(html).toContain("Given scores");
});

test("escapes the name of a list", async () => {
  const { html } = await report("<b>&.txt");
  expect(html).not.toContain("<b>&");
  expect(html).toContain("&#60;b&#62;&#38;");
});

/** The text of a page, with what its figures show. */
const shown = (html: string): string => html.replaceAll(/<style>[\s\S]*?<\/style>|<[^>]+>/g, " ");

test("--lang zh writes the report and its figures in Chinese, with the same numbers", async () => {
  const english = await report("given.txt");
  speak("zh");
  onTestFinished(() => speak("en"));
  const { html, out } = await report("given.txt");
  expect(html).toContain('<html lang="zh-CN">');
  for (const text of ["说话人验证评测", "给定得分", "阈值", "如何阅读", "误识率 (FAR)", "同人比对"])
    expect(shown(html)).toContain(text);
  // The names of the sources stay as they are.
  expect(shown(html.replaceAll(/<a href="https:[^<]+/g, ""))).not.toMatch(
    /\b[a-z]{2,} [a-z]{2,} [a-z]{2,}\b/i,
  );
  const sources = (page: string) => page.match(/https:\/\/doi\.org\/[^"]+/g);
  expect(sources(html)).toEqual(sources(EXPLANATION));
  const figures = (page: string) => page.match(/<td>[^<]*/g);
  expect(figures(html)?.length).toBeGreaterThan(8);
  expect(figures(html)).toEqual(figures(english.html));
  expect(readFileSync(join(out, "given-scores.svg"), "utf8")).toContain("异人比对");
  expect(readFileSync(join(english.out, "given-scores.svg"), "utf8")).toContain("impostor");
});
