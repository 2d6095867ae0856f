import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { calibrationText } from "../../cli/calibration-text.ts";
import { trialsFromFile } from "../../cli/file-trials.ts";
import { calibrate } from "../../lib/domain/calibration/calibrate.ts";
import { scoringSetup } from "../../lib/domain/scoring/setup.ts";
import { refusal } from "../domain/asking.ts";
import { testServices } from "../support/services.ts";
import { run, temporaryFolder } from "./run.ts";

const VOICES = Array.from({ length: 14 }, (_, i) => `v${i}`);

/** Writes four takes of each voice for the fake embedder, and a list of trials over them. */
function folderOf(lines: readonly string[]): { list: string; root: string } {
  const root = mkdtempSync(join(temporaryFolder(), "clips-"));
  for (const voice of VOICES)
    for (const take of [1, 2, 3, 4])
      writeFileSync(join(root, `${voice}-${take}`), `voice=${voice} take=${take} seconds=${take + 2}`);
  writeFileSync(join(root, "silent"), "voice=silent take=1 seconds=0");
  const list = join(root, "trials.txt");
  writeFileSync(list, `${lines.join("\n")}\n`);
  return { list, root };
}
const genuine = VOICES.flatMap((v) =>
  ["1 2", "1 3", "2 3", "2 4"].map((p) => `1 ${v}-${p.replace(" ", ` ${v}-`)}`),
);
const impostor = VOICES.flatMap((a, i) =>
  VOICES.slice(0, i).flatMap((b) => [1, 2, 3, 4].map((take) => `0 ${a}-${take} ${b}-${take}`)),
);

test("calibrates on a list of files, takes speakers from the labels, and skips clips without speech", async () => {
  const services = await testServices();
  const { registryId } = services;
  const setup = await scoringSetup(services, registryId);
  const seen: number[] = [];
  const { calibrationTrials, skipped } = await trialsFromFile(services.embedder, setup, {
    ...folderOf([...genuine, ...impostor, "0 v1-1 silent"]),
    onProgress: (done) => seen.push(done),
  });
  expect(skipped).toEqual(["silent"]);
  expect(seen.at(-1)).toBe(57);
  expect(calibrationTrials).toMatchObject({ speakers: 14, origin: "trials" });
  const trials = async () => calibrationTrials;
  const { calibration, suspects } = await calibrate(services, { registryId, trials });
  expect(calibration.report).toMatchObject({ genuineTrials: 56, impostorTrials: 364 });
  expect(suspects).toEqual([]);
  const text = calibrationText(calibration);
  expect(text).toMatch(/any length, any band +1 % +as-norm -?\d+\.\d{3} +[\d.]+ % \([\d.]+ % to [\d.]+ %\)/);
  expect(text).toMatch(/FAR 0\.1 %: too few trials: need \d+ more speakers/);
  expect(text).toMatch(/1-2s, any band: 0 genuine trials: need 50 more speakers/);
  expect(text).toMatch(/compared with cal_fake, which was active at the time, on the same 420 trials/);
  expect(text).toMatch(/0 of 0 past decisions would change/);
});

test("rejects label 0 between two files that other lines make one speaker, with the line number", async () => {
  const services = await testServices();
  const setup = await scoringSetup(services, services.registryId);
  const { list, root } = folderOf(["1 v1-1 v1-2", "1 v1-2 v1-3", "0 v1-1 v2-1", "0 v1-3 v1-1"]);
  const { message } = await refusal(trialsFromFile(services.embedder, setup, { list, root }));
  expect(message).toMatch(
    /trials\.txt:4: The label is 0, but lines with label 1 make v1-3 and v1-1 one speaker/,
  );
});

test.each([
  ["1 v1-1 v1-9\n0 v1-1 v2-1", /trials\.txt:1: v1-9: There is no such file/],
  ["2 v1-1 v1-2", /trials\.txt:1: The label is "2"/],
  ["1 v1-1 v1-2", /trials\.txt: All 1 trials have label 1/],
  ["1 v1-1 v1-2\n0 v1-1 v2-1\n1 v1-1 v1-2", /trials\.txt:3: The trial repeats line 1/],
  ["1 v1-1 v1-2 0.5\n0 v1-1 v2-1", /trials\.txt:1: The line has 4 fields/],
])("rejects an invalid list with the line number: %s", async (text, expected) => {
  const services = await testServices();
  const setup = await scoringSetup(services, services.registryId);
  const { list, root } = folderOf(text.split("\n"));
  const { message } = await refusal(trialsFromFile(services.embedder, setup, { list, root }));
  expect(message).toMatch(expected);
});

test("calibrate reports missing speakers, lists calibrations and rejects an unknown ID", async () => {
  const data = ["--data", temporaryFolder()];
  for (const voice of ["awb", "slt"])
    expect(
      (await run(...data, "enroll", voice, ...[1, 2, 3].map((n) => `samples/${voice}/${n}.wav`))).code,
    ).toBe(0);
  const few = await run(...data, "calibrate");
  expect([few.code, few.stderr]).toEqual([
    2,
    expect.stringMatching(/Too few trials: need \d+ more speakers/),
  ]);
  const list = await run(...data, "calibrate", "list");
  expect(list.stdout).toMatch(/\* +cal_\w+ +with the model +active/);
  const unknown = await run(...data, "calibrate", "use", "cal_none");
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringMatching(/No calibration cal_none/)]);
  const back = await run(...data, "calibrate", "use", "previous");
  expect([back.code, back.stdout]).toEqual([0, expect.stringMatching(/^cal_\w+ is active/)]);
});
