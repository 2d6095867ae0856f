import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readSamples } from "../../lib/audio/read-samples.ts";
import { wav } from "../support/wav.ts";
import { ROOT, run, runNode, temporaryFolder } from "./run.ts";

test("compare distinguishes one speaker from two, in its verdict and its exit code", async () => {
  const same = await run("compare", "samples/awb/1.wav", "samples/awb/2.wav");
  expect([same.code, same.stderr]).toEqual([0, ""]);
  expect(same.stdout).toMatch(/clip A: +samples\/awb\/1\.wav .*\nclip B: +samples\/awb\/2\.wav /);
  expect(same.stdout).toMatch(/score: +cosine -?\d.*AS-Norm -?\d/);
  expect(same.stdout).toMatch(/threshold: cosine -?\d.* \(FAR /);
  expect(same.stdout).toMatch(/verdict: +the same speaker\n/);
  const two = await run("--lang", "zh", "compare", "samples/awb/1.wav", "samples/slt/2.wav");
  expect(two.code).toBe(1);
  expect(two.stdout).toMatch(/结论： +不是同一个人\n/);
});

test("compare applies --scoring and --far, and prints the whole reply with --json", async () => {
  const files = ["samples/awb/1.wav", "samples/awb/2.wav"];
  const result = await run("compare", ...files, "--json", "--scoring", "cosine", "--far", "0.05");
  const reply = JSON.parse(result.stdout);
  expect([reply.a, reply.b]).toEqual(files);
  expect([reply.score.method, reply.threshold.far, reply.spoofCheck]).toEqual(["cosine", 0.05, "none"]);
});

test("the second file of a comparison can have a channel and a segment of its own", async () => {
  const voices = await Promise.all(
    ["awb/1", "slt/2"].map(async (name) => {
      const bytes = readFileSync(join(ROOT, `samples/${name}.wav`));
      return (await readSamples({ bytes })).samples;
    }),
  );
  const length = Math.min(...voices.map((one) => one.length));
  const call = join(temporaryFolder(), "call.wav");
  writeFileSync(call, wav(voices.map((one) => one.subarray(0, length))));
  const compared = (...options: string[]) => run("compare", call, call, "--json", ...options);
  const both = await compared("--channel", "0", "--channel-b", "1");
  expect([both.code, JSON.parse(both.stdout).decision]).toEqual([1, "reject"]);
  const same = await compared("--channel", "1", "--segment", "0-2.5", "--segment-b", "1-3.5");
  const { qualityA, quality } = JSON.parse(same.stdout);
  expect([same.code, qualityA.totalSeconds, quality.totalSeconds]).toEqual([0, 2.5, 2.5]);
});

test("a clip without speech is inconclusive, with exit code 3", async () => {
  const silence = join(temporaryFolder(), "silence.wav");
  writeFileSync(silence, wav([new Float32Array(48_000)]));
  const result = await run("compare", silence, "samples/awb/1.wav");
  expect(result.code).toBe(3);
  expect(result.stdout).toMatch(/verdict: inconclusive: no speech was found/);
});

test("enrolls, verifies, identifies, lists, checks and erases a speaker", async () => {
  const data = ["--data", temporaryFolder()];
  const clips = (voice: string) => [1, 2, 3, 4].map((n) => `samples/${voice}/${n}.wav`);
  const enrolled = await run(...data, "enroll", "awb", ...clips("awb"), "--name", "Alan");
  expect([enrolled.code, enrolled.stderr]).toEqual([0, ""]);
  expect(enrolled.stdout).toMatch(/awb: new, enrolled, 4 clips, \d+\.\d s of speech\n$/);
  expect((await run(...data, "enroll", "slt", ...clips("slt"))).code).toBe(0);

  const right = await run(...data, "verify", "awb", "samples/awb/5.wav");
  expect([right.code, right.stdout]).toEqual([0, expect.stringMatching(/verdict: +accepted/)]);
  const wrong = await run(...data, "verify", "awb", "samples/slt/5.wav");
  expect([wrong.code, wrong.stdout]).toEqual([1, expect.stringMatching(/verdict: +rejected/)]);

  const known = await run(...data, "identify", "samples/slt/5.wav", "--json", "--limit", "1");
  expect(known.code).toBe(0);
  expect(JSON.parse(known.stdout)).toMatchObject({ decision: "match", searched: 2 });
  expect(JSON.parse(known.stdout).candidates).toHaveLength(1);
  expect((await run(...data, "identify", "samples/rms/5.wav")).code).toBe(1);

  const list = await run(...data, "speakers", "list");
  expect(list.stdout).toMatch(
    /^speaker +status +clips +speech +name\nawb +enrolled +4 .* Alan\nslt +enrolled +4 /,
  );
  expect((await run(...data, "speakers", "clips", "awb")).stdout.match(/^clp_/gm)).toHaveLength(4);
  expect((await run(...data, "speakers", "show", "awb", "--json")).stdout).toMatch(/"id":"awb"/);
  expect(await run(...data, "fsck")).toMatchObject({
    code: 0,
    stdout: "2 speakers, 8 clips, all consistent\n",
  });

  expect((await run(...data, "speakers", "delete", "awb")).code).toBe(0);
  const gone = await run(...data, "verify", "awb", "samples/awb/5.wav");
  expect(gone).toEqual({
    code: 2,
    stdout: "",
    stderr: "voiceroll: No speaker awb exists in this registry.\n",
  });
});

test("prints a key's token once and leaves it out of the list", async () => {
  const data = ["--data", temporaryFolder()];
  const made = await run(...data, "keys", "create", "--name", "app", "--scopes", "verify", "--json");
  const { keyId, token, ...rest } = JSON.parse(made.stdout);
  expect(token).toMatch(/^vr_/);
  expect(rest).not.toHaveProperty("hash");
  const list = await run(...data, "keys", "list");
  expect(list.stdout).toMatch(new RegExp(`${keyId} +app +valid .* verify\n`));
  expect(list.stdout).not.toContain(token.slice(-40));
  const quota = ["--audio-seconds-per-day", "3600"];
  expect((await run(...data, "keys", "set", keyId, ...quota)).stdout).toBe(
    `${keyId}: 3600 s of audio a day\n`,
  );
  expect((await run(...data, "keys", "list")).stdout).toMatch(/ 0\.0 of 3600 s +verify\n/);
  expect(await run(...data, "keys", "set", keyId, "--audio-seconds-per-day", "0")).toMatchObject({ code: 2 });
  expect((await run(...data, "keys", "revoke", keyId)).stdout).toMatch(/revoked 20/);
  expect((await run(...data, "keys", "list")).stdout).toMatch(/revoked 20/);
  expect(await run(...data, "keys", "revoke", "key_0000000000000000")).toMatchObject({ code: 2 });
});

test("changes a registry's settings one by one and resets them", async () => {
  const data = ["--data", temporaryFolder(), "--registry", "branch"];
  expect((await run(...data, "registry", "show")).stderr).toMatch(
    /^voiceroll: There is no registry "branch" in /,
  );
  const set = await run(...data, "registry", "set", "--enroll-seconds", "12", "--far", "0.001", "--json");
  expect(JSON.parse(set.stdout)).toMatchObject({ name: "branch", enrollSpeechSeconds: 12, far: 0.001 });
  await run(
    ...data,
    "registry",
    "set",
    "--far",
    "default",
    "--consent-required",
    "yes",
    "--suspended",
    "yes",
  );
  expect(JSON.parse((await run(...data, "registry", "show", "--json")).stdout)).toMatchObject({
    enrollSpeechSeconds: 12,
    far: null,
    consentRequired: true,
    suspended: true,
    mixedProbes: "flag",
    embeddings: false,
  });
  await run(...data, "registry", "set", "--pause-after-rejects", "off", "--pause-seconds", "10");
  await run(...data, "registry", "set", "--pause-after-misses", "100", "--mixed-probes", "refuse");
  await run(...data, "registry", "set", "--embeddings", "yes");
  expect(JSON.parse((await run(...data, "registry", "show", "--json")).stdout)).toMatchObject({
    pauseAfterRejects: 0,
    speakerPauseAfterRejects: 20,
    pauseAfterMisses: 100,
    mixedProbes: "refuse",
    embeddings: true,
    pauseSeconds: 10,
    longestPauseSeconds: 900,
  });
  expect((await run(...data, "registry", "set")).code).toBe(2);
});

test("invalid arguments and files give exit code 2 and one line on stderr", async () => {
  const wrong = [
    ["compare", "samples/awb/1.wav"],
    ["compare", "samples/awb/1.wav", "nowhere.wav"],
    ["compare", "samples/awb/1.wav", "README.md"],
    ["compare", "samples/awb/1.wav", "samples"],
    ["compare", "a", "b", "--far", "1"],
    ["compare", "a", "b", "--scoring", "magic"],
    ["enroll", "no spaces", "samples/awb/1.wav"],
    ["identify", "samples/awb/1.wav", "--limit", "0"],
    ["frobnicate"],
  ];
  for (const args of wrong) {
    const result = await run("--data", temporaryFolder(), ...args);
    expect([args, result.code, result.stdout]).toEqual([args, 2, ""]);
    expect(result.stderr).toMatch(/^voiceroll: [^\n]+\n$/);
  }
});

test("an error in one of several clips names its file", async () => {
  const result = await run("--data", temporaryFolder(), "enroll", "x", "samples/awb/1.wav", "README.md");
  expect(result.stderr).toMatch(/^voiceroll: .*README\.md: /);
});

test("commands that embed no clips don't load the model", async () => {
  const preload = `data:text/javascript,import { registerHooks } from "node:module";
    registerHooks({ load(url, context, next) {
      if (url.includes("onnxruntime")) throw new Error("onnxruntime was loaded");
      return next(url, context);
    } });`;
  const data = temporaryFolder();
  const withoutModel = (...args: string[]) =>
    runNode(["--import", preload, join(ROOT, "cli/voiceroll.ts"), "--data", data, ...args]);
  expect((await withoutModel("keys", "create")).code).toBe(0);
  expect((await withoutModel("fsck")).code).toBe(0);
  expect((await withoutModel("registry", "show")).code).toBe(0);
  expect((await withoutModel("compare", "samples/awb/1.wav", "samples/awb/2.wav")).code).toBe(70);
});

test("openapi prints the document", async () => {
  const { stdout } = await run("openapi");
  expect(JSON.parse(stdout)).toMatchObject({ openapi: "3.1.0", info: { title: "Voiceroll" } });
});

test("--help lists the exit codes, and --version prints the version", async () => {
  const help = await run("--help");
  expect(help).toMatchObject({ code: 0, stderr: "" });
  expect(help.stdout).toMatch(
    /Exit codes:\n {2}0 {3}yes.*\n {2}1 {3}no.*\n(?: {6}.*\n)? {2}2 {3}invalid input.*\n {2}3 {3}inconclusive/,
  );
  expect((await run("--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
