import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { wav } from "../support/wav.ts";
import { ROOT, run, temporaryFolder } from "./run.ts";

const samplesOf = (path: string): Float32Array => {
  const file = readFileSync(join(ROOT, "samples", path));
  return Float32Array.from(
    { length: (file.length - 44) >> 1 },
    (_, i) => file.readInt16LE(44 + 2 * i) / 32_768,
  );
};
const seconds = ({ length }: Float32Array) => length / 16_000;

/** A recording of more than two minutes: silence, one voice, silence, another voice. */
function recording(folder: string) {
  const [slt, rms] = [samplesOf("slt/1.wav"), samplesOf("rms/1.wav")];
  const pause = new Float32Array(16_000 * 70);
  const path = join(folder, "long.wav");
  const whole = new Float32Array(2 * pause.length + slt.length + rms.length);
  whole.set(slt, pause.length);
  whole.set(rms, 2 * pause.length + slt.length);
  writeFileSync(path, wav([whole]));
  const [first, second] = [70, 140 + seconds(slt)];
  return { path, slt: `${first}-${first + seconds(slt)}`, rms: `${second}-${second + seconds(rms)}` };
}

test("enroll, verify, identify and compare use a segment, or the first speech, of a long recording", async () => {
  const folder = temporaryFolder();
  const { path, slt, rms } = recording(folder);
  const data = ["--data", join(folder, "data"), "--json"];
  const enrolled = await run("enroll", "slt", path, "--segment", slt, ...data);
  expect(enrolled.code).toBe(0);
  const [clip] = JSON.parse(enrolled.stdout).clips;
  expect(clip.quality.totalSeconds).toBeCloseTo(seconds(samplesOf("slt/1.wav")), 2);

  const other = join(ROOT, "samples/slt/2.wav");
  const decided = async (...args: string[]) => JSON.parse((await run(...args, ...data)).stdout).decision;
  expect(await decided("verify", "slt", other)).toBe("accept");
  expect(await decided("verify", "slt", path, "--segment", rms)).toBe("reject");
  expect(await decided("verify", "slt", path, "--first-speech-seconds", "3")).toBe("accept");
  expect(await decided("identify", path, "--segment", slt)).toBe("match");
  expect(await decided("compare", path, path, "--segment", rms)).toBe("accept");
}, 180_000);

test("a part that isn't there, or can't be, is refused by name, with exit code 2", async () => {
  const folder = temporaryFolder();
  const { path } = recording(folder);
  for (const [options, problem] of [
    [[], /long\.wav: .*`segment` or `firstSpeechSeconds`/],
    [
      ["--segment", "100-300"],
      /'100-300' is invalid\. Use the start and the end in seconds, at most 120 s apart/,
    ],
    [["--segment", "9-3"], /'9-3' is invalid/],
    [["--segment", "100-200.5"], /long\.wav: The recording ends at 1\d\d\.\d s/],
    [["--first-speech-seconds", "0"], /'0' is invalid\. Use a number from 0\.5 to 120/],
    [["--segment", "1-2", "--first-speech-seconds", "3"], /cannot be used with option/],
  ] as const) {
    const { code, stderr } = await run("compare", path, path, ...options);
    expect({ options, code }).toEqual({ options, code: 2 });
    expect(stderr).toMatch(problem);
  }
  const missing = await run("compare", join(folder, "none.wav"), path, "--segment", "1-2");
  expect(missing).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/Cannot read .*none\.wav: there is no such/),
  });
}, 180_000);
