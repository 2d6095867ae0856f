import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { wav } from "../support/wav.ts";
import { ROOT, run, temporaryFolder } from "./run.ts";

const SAMPLES = join(ROOT, "samples");

test("builds a cohort from a folder and the bundled one, lists, reports, activates and rolls it back", async () => {
  const folder = temporaryFolder();
  const data = ["--data", join(folder, "data")];
  for (const voice of ["awb", "slt"])
    cpSync(join(SAMPLES, voice), join(folder, "voices", voice), { recursive: true });
  cpSync(join(SAMPLES, "rms/1.wav"), join(folder, "voices", "alone.wav"));
  const built = await run(...data, "cohort", "build", join(folder, "voices"), "--bundled", "--name", "mixed");
  expect([built.code, built.stdout]).toEqual([
    0,
    expect.stringMatching(/^cohort +coh_\w+, mixed\nvoices +\d+, topN 50/),
  ]);
  expect(built.stdout).toMatch(/sources +3 clips, \d+ bundled|sources +\d+ bundled, 3 clips/);
  expect(built.stderr).toMatch(/is not active\. To activate it: voiceroll cohort activate coh_/);
  const id = /coh_\w+/.exec(built.stdout)?.[0] ?? "";

  const views = (await run(...data, "cohort", "list", "--json")).stdout
    .trim()
    .split("\n")
    .map((one) => JSON.parse(one));
  expect(views).toMatchObject([
    { bundled: true, active: true },
    { id, bundled: false, active: false, name: "mixed" },
  ]);
  const report = JSON.parse((await run(...data, "cohort", "report", id, "--json")).stdout);
  expect(report).toMatchObject({ id, size: views[0].size + 3, report: { sources: { clips: 3 } } });

  const activated = await run(...data, "cohort", "activate", id);
  expect([activated.code, activated.stdout]).toEqual([0, expect.stringContaining(`${id} is active`)]);
  expect(activated.stderr).toMatch(/No thresholds were measured with this cohort/);
  const back = await run(...data, "cohort", "rollback");
  expect([back.code, back.stdout]).toEqual([0, expect.stringContaining(`${views[0].id} is active`)]);
});

test("names each unusable clip by its line and builds nothing, or skips them with --skip-unfit", async () => {
  const folder = temporaryFolder();
  const data = ["--data", join(folder, "data")];
  writeFileSync(join(folder, "silence.wav"), wav([new Float32Array(48_000)]));
  writeFileSync(join(folder, "text.wav"), "not a sound");
  const list = join(folder, "list.tsv");
  writeFileSync(list, `# voices\n${join(SAMPLES, "awb/1.wav")}\tawb\ten\n\nsilence.wav\ntext.wav\n`);
  const rejected = await run(...data, "cohort", "build", list, "--bundled");
  expect(rejected.code).toBe(2);
  expect(rejected.stderr).toMatch(/2 of 3 clips can't be used in a cohort; no cohort was built/);
  expect(rejected.stderr).toMatch(/list\.tsv:4: silence\.wav: No speech/);
  expect(rejected.stderr).toMatch(/list\.tsv:5: text\.wav: /);
  expect((await run(...data, "cohort", "list")).stdout.match(/coh_/g)).toHaveLength(1);
  const skipping = await run(...data, "cohort", "build", list, "--bundled", "--skip-unfit");
  expect([skipping.code, skipping.stderr]).toEqual([0, expect.stringContaining("skipped: ")]);
});

test("explains a missing file, an invalid line, an empty folder and too few voices", async () => {
  const folder = temporaryFolder();
  const data = ["--data", join(folder, "data")];
  const build = async (content: string) => {
    writeFileSync(join(folder, "list"), content);
    const { code, stderr } = await run(...data, "cohort", "build", join(folder, "list"));
    return [code, stderr] as const;
  };
  expect(await build("\n# x\nabsent.wav\n")).toEqual([
    2,
    expect.stringMatching(/list:3: absent\.wav: There is no such file .*--root/),
  ]);
  expect(await build("a.wav\tx\tde\tmore\n")).toEqual([2, expect.stringMatching(/list:1: Write `path`/)]);
  expect(await build("\n")).toEqual([2, expect.stringMatching(/has no recordings/)]);
  expect(await build(`${join(SAMPLES, "awb/1.wav")}\n`)).toEqual([
    2,
    expect.stringMatching(/A cohort needs 20 voices, and this one has 1\. .*bundled/),
  ]);
  mkdirSync(join(folder, "empty"));
  expect((await run(...data, "cohort", "build", join(folder, "empty"))).stderr).toMatch(/have no recordings/);
  expect((await run(...data, "cohort", "activate", "coh_none")).code).toBe(2);
});
