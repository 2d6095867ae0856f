import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { syntheticSpeech, wav } from "../support/wav.ts";
import { ROOT, run, temporaryFolder } from "./run.ts";

/** people/awb/{1,2}.wav, people/slt/monday/1.wav */
function people(): { folder: string; data: string[] } {
  const parent = temporaryFolder();
  const folder = join(parent, "people");
  const copy = (from: string, to: string) => cpSync(join(ROOT, "samples", from), join(folder, to));
  copy("awb/1.wav", "awb/1.wav");
  copy("awb/2.wav", "awb/2.wav");
  copy("slt/1.wav", "slt/monday/1.wav");
  return { folder, data: ["--data", join(parent, "data")] };
}

test("enrolls a folder of speakers, and adds only new recordings when it runs again", async () => {
  const { folder, data } = people();
  const first = await run(...data, "enroll-all", folder);
  expect(first.code).toBe(0);
  expect(first.stdout.trim().split("\n").toSorted()).toEqual([
    expect.stringMatching(/awb\/1\.wav: awb, clp_/),
    expect.stringMatching(/awb\/2\.wav: awb, clp_/),
    expect.stringMatching(/slt\/monday\/1\.wav: slt, clp_/),
  ]);
  expect(first.stderr).toMatch(/3 recordings of 2 speakers are enrolled, 0 failed\.\n$/);

  writeFileSync(join(folder, "slt/cut.wav"), "RIFF");
  cpSync(join(ROOT, "samples/slt/2.wav"), join(folder, "slt/2.wav"));
  const again = await run(...data, "enroll-all", folder, "--json");
  expect(again.code).toBe(1);
  const results = again.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const failed = results.filter(({ problem }) => problem);
  expect(failed).toMatchObject([{ file: join(folder, "slt/cut.wav"), speaker: "slt", clip: null }]);
  expect(results).toHaveLength(5);
  const list = await run(...data, "speakers", "list");
  expect(list.stdout).toMatch(/\nawb .* 2 /);
  expect(list.stdout).toMatch(/\nslt .* 2 /);
});

test("names every file that it skips, and exits with 1", async () => {
  const { folder, data } = people();
  for (const name of ["awb/notes.txt", "slt/monday/2.wma"]) writeFileSync(join(folder, name), "x");
  const { code, stdout, stderr } = await run(...data, "enroll-all", folder);
  expect([code, stdout.trim().split("\n").length]).toEqual([1, 3]);
  for (const name of ["awb/notes.txt", "slt/monday/2.wma"])
    expect(stderr).toContain(`${join(folder, name)}: skipped: it isn't a recording (`);
});

test("enrolls from a list, and rejects all of it if a recording has no valid speaker ID", async () => {
  const { folder, data } = people();
  const list = join(folder, "list.tsv");
  const enrolled = (text: string) => {
    writeFileSync(list, text);
    return run(...data, "enroll-all", list);
  };
  expect((await enrolled("awb/1.wav\talan\nslt/monday/1.wav\n")).stderr).toMatch(
    /slt\/monday.*The speaker is missing/,
  );
  expect((await enrolled("awb/1.wav\talan smith\n")).stderr).toMatch(
    /"alan smith" is not a valid speaker ID/,
  );
  mkdirSync(join(folder, "_x"));
  cpSync(join(folder, "awb/1.wav"), join(folder, "_x/1.wav"));
  expect(await run(...data, "enroll-all", folder)).toMatchObject({ code: 2, stdout: "" });
  expect((await enrolled("awb/1.wav\talan\nawb/2.wav\talan\n")).code).toBe(0);
  expect((await run(...data, "speakers", "list")).stdout).toMatch(/^speaker.*\nalan .* 2 [^\n]*\n$/);
});

test("--channel selects a channel of every recording", async () => {
  const { data } = people();
  const folder = temporaryFolder();
  mkdirSync(join(folder, "slt"));
  const voice = syntheticSpeech(6);
  const other = voice.map((_, i) => voice[(i + 30_000) % voice.length] ?? 0);
  writeFileSync(join(folder, "slt/call.wav"), wav([other, voice]));
  expect((await run(...data, "enroll-all", folder)).stdout).toMatch(/channels differ/);
  expect((await run(...data, "enroll-all", folder, "--channel", "1")).stdout).toMatch(/call\.wav: slt, clp_/);
});

test("reads every format that is decoded, whatever the case of its extension", async () => {
  const { folder, data } = people();
  const formats = join(ROOT, "test/golden/formats");
  const names = [
    "android.3gp",
    "iphone.m4a",
    "safari.mp4",
    "stream.aac",
    "narrow.amr",
    "opus.caf",
    "vorbis.ogg",
    "live.webm",
    "lame.mp3",
  ];
  for (const name of names) cpSync(join(formats, name), join(folder, "awb", name.toUpperCase()));
  const { stdout, stderr } = await run(...data, "enroll-all", folder, "--channel", "0", "--json");
  expect(stderr).not.toContain("skipped");
  const results: { file: string; problem?: { slug: string } }[] = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const refused = results.filter(({ problem }) => problem);
  // They are too short to enroll, which takes decoding to know.
  expect(new Set(refused.map(({ problem }) => problem?.slug))).toEqual(new Set(["audio-too-short"]));
  expect(refused.map(({ file }) => file).toSorted()).toEqual(
    names.map((name) => join(folder, "awb", name.toUpperCase())).toSorted(),
  );
});
