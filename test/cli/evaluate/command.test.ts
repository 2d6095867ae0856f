import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT, run, temporaryFolder } from "../run.ts";

const TRIALS = [
  "1 awb/1.wav awb/2.wav",
  "1 slt/1.wav slt/2.wav",
  "0 awb/1.wav slt/1.wav",
  "0 awb/2.wav slt/2.wav",
].join("\n");

function listOf(text: string): string {
  const list = join(temporaryFolder(), "voices.txt");
  writeFileSync(list, text);
  return list;
}

test("evaluates a list with the bundled model, as JSON lines and as a table", async () => {
  const list = listOf(TRIALS);
  const root = join(ROOT, "samples");
  const cache = temporaryFolder();
  const json = await run("evaluate", list, "--root", root, "--workers", "1", "--json", "--cache", cache);
  expect(json.code).toBe(0);
  const lines = json.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.map(({ list, method }) => `${list} ${method}`)).toEqual([
    "voices cosine",
    "voices z-norm",
    "voices t-norm",
    "voices s-norm",
    "voices as-norm",
  ]);
  expect(lines[4]).toMatchObject({
    targets: 2,
    impostors: 2,
    eer: 0,
    minDcf05: 0,
    minDcf01: 0,
    excludedClips: 0,
  });
  expect(json.stderr).toMatch(/4 of 4 clips\n/);
  expect(json.stderr).toMatch(/session|recorded on one day/);
  const text = await run("evaluate", list, "--root", root, "--workers", "1", "--cache", cache);
  expect(text.stdout).toMatch(/^voices: 2 target and 2 impostor trials of 4 clips, 2 speakers\n/);
});

test("an invalid list gives exit code 2 and names the list and the line", async () => {
  const list = listOf(`${TRIALS}\nyes awb/1.wav awb/3.wav\n`);
  const result = await run("evaluate", list, "--root", join(ROOT, "samples"), "--no-cache");
  expect([result.code, result.stdout]).toEqual([2, ""]);
  expect(result.stderr).toMatch(/voices\.txt:5: The label is "yes"/);
});

test("an unreadable audio file gives exit code 2 and names the list, the line and the file", async () => {
  const list = listOf(`${TRIALS}\n0 awb/1.wav README.md\n`);
  const result = await run("evaluate", list, "--root", join(ROOT, "samples"), "--workers", "1", "--no-cache");
  expect(result.code).toBe(2);
  expect(result.stderr).toMatch(/voiceroll: .*voices\.txt:5: README\.md: /);
});

test("says that scores which rise for different speakers look like distances", async () => {
  const pairs = Array.from({ length: 40 }, (_, i) => i);
  const distances = pairs.flatMap((i) => [
    `1 a${i} b${i} ${0.1 + i / 400}`,
    `0 c${i} d${i} ${0.3 + i / 400}`,
  ]);
  const scored = ["--scored", "--bootstrap", "0", "--report", temporaryFolder()];
  const wrong = await run("evaluate", listOf(distances.join("\n")), ...scored);
  expect(wrong.code).toBe(0);
  expect(wrong.stderr).toMatch(
    /voices\.txt: The EER is above 50 % \(given\).*If the scores are distances, negate them/,
  );
  expect(readFileSync(join(scored[4], "report.html"), "utf8")).toContain("negate them");
  const negated = distances.map((line) => line.replace(/ ([\d.]+)$/, " -$1"));
  expect((await run("evaluate", listOf(negated.join("\n")), ...scored)).stderr).not.toContain("distances");
}, 60_000);
