import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { wav } from "../support/wav.ts";
import { ROOT, run, temporaryFolder } from "./run.ts";

const sample = (name: string) => join(ROOT, "samples", `${name}.wav`);

/** The samples of a WAV file of 16 bits, in -1 to 1. */
function samplesOf(name: string): Float32Array {
  const bytes = readFileSync(sample(name)).subarray(44);
  return Float32Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readInt16LE(2 * i) / 32768);
}

/** A folder with a copy of the bucket `calls`, and the manifest of an old job. */
function voiceIdJob() {
  const folder = temporaryFolder();
  const copy = (from: string, to: string) => cpSync(sample(from), join(folder, "calls", to));
  for (const take of [1, 2, 3, 4, 5]) copy(`awb/${take}`, `2024/awb-${take}.wav`);
  copy("kal/1", "2024/kal.wav");
  const entry = (RequestId: string, SpeakerId: string, files: readonly string[]) => ({
    ...{ RequestId, SpeakerId },
    AudioSpecifications: files.map((file) => ({ S3Uri: `s3://calls/2024/${file}.wav`, ChannelId: 0 })),
  });
  const requests = [
    entry(
      "r1",
      "customer-1",
      [1, 2, 3, 4].map((take) => `awb-${take}`),
    ),
    entry("r2", "customer-2", ["kal"]),
    entry("r3", "customer 3", ["kal"]),
    entry("r4", "customer-4", ["missing"]),
  ];
  const manifest = join(folder, "input.json");
  const write = (more: readonly object[] = []) =>
    writeFileSync(
      manifest,
      JSON.stringify({ Version: "1.0", SpeakerEnrollmentRequests: [...requests, ...more] }),
    );
  write();
  const data = ["--data", join(folder, "data")];
  const args = [...data, "migrate", "voice-id", manifest, "--copy", `s3://calls=${join(folder, "calls")}`];
  return { folder, manifest, data, args, write };
}

const linesOf = (text: string) => text.trim().split("\n").toSorted();

test("enrolls a manifest of Voice ID, says what to do about each failure, and reports as Voice ID did", async () => {
  const { folder, args } = voiceIdJob();
  const report = join(folder, "output.json");
  const { code, stdout, stderr } = await run(...args, "--report", report);
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/5 recordings of 3 speakers are enrolled, 2 failed/),
  ]);
  const enrolled = /^r\d s3:\/\/calls\/2024\/\S+\.wav: customer-\d, clp_/;
  const lines = linesOf(stdout);
  expect(lines.filter((line) => enrolled.test(line))).toHaveLength(5);
  expect(lines.filter((line) => !enrolled.test(line))).toEqual([
    expect.stringMatching(
      /^r3: failed: "customer 3" is not a valid speaker ID.* What to do: correct the entry/,
    ),
    expect.stringMatching(
      /^r4 s3:.*: failed: Cannot read .*missing\.wav: there is no .* What to do: .*add the file/,
    ),
  ]);
  const output = JSON.parse(readFileSync(report, "utf8"));
  expect(output).toEqual({
    Version: "1.0",
    Errors: [
      {
        RequestId: "r2",
        ErrorCode: 400,
        ErrorMessage: expect.stringMatching(/enough speech.*s more are needed/),
      },
      { RequestId: "r3", ErrorCode: 400, ErrorMessage: expect.stringContaining("valid speaker ID") },
      { RequestId: "r4", ErrorCode: 400, ErrorMessage: expect.stringContaining("Cannot read") },
    ],
    SuccessfulEnrollments: [
      {
        RequestId: "r1",
        GeneratedSpeakerId: expect.stringMatching(/^spk_/),
        CustomerSpeakerId: "customer-1",
        EnrollmentStatus: "NEW_ENROLLMENT",
      },
    ],
  });
}, 60_000);

test("a second run adds only what is new", async () => {
  const { args, data, write } = voiceIdJob();
  await run(...args);
  write([
    {
      ...{ RequestId: "r5", SpeakerId: "customer-1" },
      AudioSpecifications: [{ S3Uri: "s3://calls/2024/awb-5.wav", ChannelId: 0 }],
    },
  ]);
  const again = await run(...args, "--json");
  const results = again.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(results.filter(({ clip }) => clip !== null)).toHaveLength(6);
  const list = await run(...data, "speakers", "list", "--json");
  const clips = Object.fromEntries(
    linesOf(list.stdout)
      .map((line) => JSON.parse(line))
      .map((one) => [one.id, one.clips]),
  );
  expect(clips).toEqual({ "customer-1": 5, "customer-2": 1 });
}, 60_000);

test("nothing is enrolled if a bucket has no copy, or if the file isn't such a manifest", async () => {
  const { manifest, data } = voiceIdJob();
  const uncopied = await run(...data, "migrate", "voice-id", manifest);
  expect([uncopied.code, uncopied.stdout]).toEqual([2, ""]);
  expect(uncopied.stderr).toContain("--copy s3://calls=FOLDER");
  writeFileSync(manifest, '{"EnrollmentRequests": []}');
  const other = await run(...data, "migrate", "voice-id", manifest, "--lang", "zh");
  expect([other.code, other.stderr]).toEqual([2, expect.stringContaining("这不是说话人注册任务的清单")]);
});

test("enrolls the caller's channel of a long call, and only its first part", async () => {
  const { folder, data } = voiceIdJob();
  const takes = [1, 2, 3, 4, 5, 6].map((take) => samplesOf(`awb/${take}`));
  const voice = Float32Array.from([...takes, ...takes, ...takes, ...takes].flatMap((take) => [...take]));
  expect(voice.length / 16_000).toBeGreaterThan(125);
  writeFileSync(join(folder, "call.wav"), wav([new Float32Array(voice.length), voice]));
  const AudioSpecifications = [{ S3Uri: "call.wav", ChannelId: 1 }];
  const requests = [{ RequestId: "long", SpeakerId: "caller", AudioSpecifications }];
  const manifest = join(folder, "long.json");
  writeFileSync(manifest, JSON.stringify({ Version: "1.0", SpeakerEnrollmentRequests: requests }));
  const args = ["migrate", "voice-id", manifest, "--speech-seconds", "30"];
  expect(await run(...data, ...args)).toMatchObject({ code: 0 });
  const [caller] = linesOf((await run(...data, "speakers", "list", "--json")).stdout).map((line) =>
    JSON.parse(line),
  );
  expect(caller).toMatchObject({ id: "caller", status: "enrolled" });
  expect(caller.speechSeconds).toBeGreaterThan(29);
  expect(caller.speechSeconds).toBeLessThan(31);
}, 60_000);

const PROFILE = "49a36324-fc4b-4387-aa06-090cfbf0064f";

test("enrolls a list of Azure's profiles under their IDs, with their locales", async () => {
  const folder = temporaryFolder();
  const data = ["--data", join(folder, "data")];
  for (const take of [1, 2]) cpSync(sample(`awb/${take}`), join(folder, `take, ${take}.wav`));
  writeFileSync(
    join(folder, "list.csv"),
    `profileId,locale,path\r\n${PROFILE},en-US,"take, 1.wav"\r\n${PROFILE},,take, 2.wav\r\n`,
  );
  const first = await run(...data, "migrate", "azure", join(folder, "list.csv"), "--mode", "identification");
  expect(first).toMatchObject({ code: 0, stderr: expect.stringContaining("2 recordings of 1 speakers") });
  const shown = JSON.parse((await run(...data, "speakers", "show", PROFILE, "--json")).stdout);
  expect(shown).toMatchObject({
    clips: 2,
    metadata: { "azure-profile": "identification", "azure-locale": "en-us" },
  });
  writeFileSync(join(folder, "list.csv"), `${PROFILE},en-us\n`);
  const wrong = await run(...data, "migrate", "azure", join(folder, "list.csv"));
  expect([wrong.code, wrong.stderr]).toEqual([
    2,
    expect.stringContaining("Line 1: Write `profileId,locale,path`"),
  ]);
}, 60_000);

test("enrolls a folder with a subfolder for each of Azure's profiles", async () => {
  const folder = temporaryFolder();
  const data = ["--data", join(folder, "data")];
  const profiles = join(folder, "profiles");
  mkdirSync(join(profiles, PROFILE), { recursive: true });
  cpSync(sample("slt/1"), join(profiles, PROFILE, "1.wav"));
  writeFileSync(join(profiles, PROFILE, "2.wav"), "RIFF");
  const { code, stdout } = await run(...data, "migrate", "azure", profiles, "--locale", "zh-CN");
  expect([code, linesOf(stdout)[1]]).toEqual([
    1,
    expect.stringMatching(/2\.wav: failed: .* What to do: listen/),
  ]);
  const shown = JSON.parse((await run(...data, "speakers", "show", PROFILE, "--json")).stdout);
  expect(shown).toMatchObject({ clips: 1, metadata: { "azure-locale": "zh-cn" } });
}, 60_000);
