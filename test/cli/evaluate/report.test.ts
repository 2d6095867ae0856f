import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeReport } from "../../../cli/evaluate/report/write.ts";
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

test("a report is a page, its figures as SVG and PNG, and the results for programs", async () => {
  const { out } = await report("given.txt");
  expect(readdirSync(out).sort()).toEqual([
    "given-det.png",
    "given-det.svg",
    "given-scores.png",
    "given-scores.svg",
    "given-trials.csv",
    "report.html",
    "results.csv",
    "results.json",
  ]);
  const png = readFileSync(join(out, "given-det.png"));
  expect(png.subarray(0, 8)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
  // Twice the size of the drawing, and not one color: a blank picture of this size has a few kB.
  expect(png.readUInt32BE(16)).toBeGreaterThan(900);
  expect(png.length).toBeGreaterThan(20_000);
  const [result] = JSON.parse(readFileSync(join(out, "results.json"), "utf8"));
  expect(result.eer).toBeCloseTo(golden[1].eer, 6);
  expect(result.intervals.eer.low).toBeLessThan(result.eer);
});

test("the page needs nothing beside it, and shows the figures and the numbers", async () => {
  const { html } = await report("given.txt");
  const loads = [...html.matchAll(/(?:src|href)="?([^"\s)]+)|url\(([^)]+)\)/g)].map((m) => m[1] ?? m[2]);
  const outside = loads.filter((target) => !/^(#|data:|https:\/\/doi\.org\/)/.test(target));
  expect(outside).toEqual([]);
  expect(html.match(/<svg /g)?.length).toBe(2);
  expect(html).toContain((golden[1].eer * 100).toFixed(2));
  expect(html).toContain("Given scores");
});

test("a list's name is text in the page, not markup", async () => {
  const { html } = await report("<b>&.txt");
  expect(html).not.toContain("<b>&");
  expect(html).toContain("&#60;b&#62;&#38;");
});
