import { writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readSamples } from "../../lib/audio/read-samples.ts";
import { wav } from "../support/wav.ts";
import { ROOT, run, temporaryFolder } from "./run.ts";

const CLIPS = ["awb/1", "slt/1", "awb/2", "slt/2", "awb/3"];

/** A conversation of two synthetic voices in a file. */
async function conversation(folder: string): Promise<string> {
  const parts = await Promise.all(
    CLIPS.map(async (clip) => readSamples({ bytes: await readFile(join(ROOT, `samples/${clip}.wav`)) })),
  );
  const samples = parts.flatMap((part) => [...part.samples, ...new Float32Array(8000)]);
  const path = join(folder, "two people.wav");
  writeFileSync(path, wav([Float32Array.from(samples)]));
  return path;
}

test("diarize names enrolled speakers, numbers strangers and enrolls one of them", {
  timeout: 120_000,
}, async () => {
  const folder = temporaryFolder();
  const data = ["--data", join(folder, "data")];
  const enrolled = await run(...data, "enroll", "awb", "samples/awb/4.wav", "samples/awb/5.wav");
  expect(enrolled.code).toBe(0);
  const file = await conversation(folder);

  const text = await run(...data, "diarize", file);
  expect([text.code, text.stdout]).toEqual([0, expect.stringMatching(/: 0:\d\d\.\d, 2 voices\n/)]);
  expect(text.stdout).toMatch(/^awb +\d+\.\d s +match, score \d+\.\d\d \(threshold \d+\.\d\d\)$/m);
  expect(text.stdout).toMatch(/^stranger-1 +\d+\.\d s +unknown, score /m);
  expect(text.stdout).toMatch(/^ *start +end +who\n *0:00\.\d +0:0\d\.\d +awb\n/m);

  const rttm = await run(...data, "diarize", file, "--rttm", "--enroll", "stranger-1=slt");
  expect(rttm.stdout).toMatch(
    /^(SPEAKER \S*two_people\.wav 1 \d+\.\d\d \d+\.\d\d <NA> <NA> \S+ <NA> <NA>\n)+$/,
  );
  expect(rttm.stderr).toMatch(/^slt: /m);

  const named = JSON.parse((await run(...data, "diarize", file, "--json")).stdout);
  expect(named.voices.map((one: { label: string }) => one.label).sort()).toEqual(["awb", "slt"]);
  expect(named.segments.length).toBeGreaterThanOrEqual(CLIPS.length);
});

test("diarize names what is wrong with its input", { timeout: 60_000 }, async () => {
  const folder = temporaryFolder();
  const data = ["--data", join(folder, "data")];
  expect(await run(...data, "diarize", "none.wav")).toMatchObject({
    code: 2,
    stderr: "voiceroll: Cannot read none.wav: there is no such file or folder.\n",
  });
  const wrong = await run(...data, "diarize", "samples/awb/1.wav", "--enroll", "stranger-1");
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("e.g. stranger-1=alice")]);
  const absent = await run(...data, "diarize", "samples/awb/1.wav", "--enroll", "stranger-7=ann");
  expect([absent.code, absent.stderr]).toEqual([
    2,
    expect.stringContaining("The recording has no voice stranger-7. It has: stranger-1."),
  ]);
});
