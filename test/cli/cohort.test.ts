import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { wav } from "../support/wav.ts";
import { ROOT, run, temporaryFolder } from "./run.ts";

const SAMPLES = join(ROOT, "samples");

test("a cohort is built of a folder and the bundled one, listed, reported, activated and rolled back", async () => {
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
  expect(built.stdout).toMatch(/from +3 clips, \d+ bundled|from +\d+ bundled, 3 clips/);
  expect(built.stderr).toMatch(/not active; voiceroll cohort activate coh_/);
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
  expect(activated.stderr).toMatch(/no thresholds were measured with it/);
  const back = await run(...data, "cohort", "rollback");
  expect([back.code, back.stdout]).toEqual([0, expect.stringContaining(`${views[0].id} is active`)]);
});

test("a clip without speech, two voices in one, or a file that is no sound is named by its line; nothing is made", async () => {
  const folder = temporaryFolder();
  const data = ["--data", join(folder, "data")];
  writeFileSync(join(folder, "silence.wav"), wav([new Float32Array(48_000)]));
  writeFileSync(join(folder, "text.wav"), "not a sound");
  const list = join(folder, "list.tsv");
  writeFileSync(list, `# voices\n${join(SAMPLES, "awb/1.wav")}\tawb\ten\n\nsilence.wav\ntext.wav\n`);
  const refused = await run(...data, "cohort", "build", list, "--bundled");
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/2 of 3 clips can't be used in a cohort; no cohort was built/);
  expect(refused.stderr).toMatch(/list\.tsv:4: silence\.wav: No speech/);
  expect(refused.stderr).toMatch(/list\.tsv:5: text\.wav: /);
  expect((await run(...data, "cohort", "list")).stdout.match(/coh_/g)).toHaveLength(1);
  const some = await run(...data, "cohort", "build", list, "--bundled", "--skip-unfit");
  expect([some.code, some.stderr]).toEqual([0, expect.stringContaining("left out: ")]);
});

test("a list with a missing file or a strange line, an empty folder and too few voices say what to do", async () => {
  const folder = temporaryFolder();
  const data = ["--data", join(folder, "data")];
  const said = async (content: string) => {
    writeFileSync(join(folder, "list"), content);
    const { code, stderr } = await run(...data, "cohort", "build", join(folder, "list"));
    return [code, stderr] as const;
  };
  expect(await said("\n# x\nabsent.wav\n")).toEqual([
    2,
    expect.stringMatching(/list:3: absent\.wav: there is no such file .*--root/),
  ]);
  expect(await said("a.wav\tx\tde\tmore\n")).toEqual([2, expect.stringMatching(/list:1: is no `path`/)]);
  expect(await said("\n")).toEqual([2, expect.stringMatching(/names no recording/)]);
  expect(await said(`${join(SAMPLES, "awb/1.wav")}\n`)).toEqual([
    2,
    expect.stringMatching(/A cohort needs 20 voices; there are 1\..*bundled/),
  ]);
  mkdirSync(join(folder, "empty"));
  expect((await run(...data, "cohort", "build", join(folder, "empty"))).stderr).toMatch(/holds no recording/);
  expect((await run(...data, "cohort", "activate", "coh_none")).code).toBe(2);
});
