import { expect, test } from "vitest";
import { run, temporaryFolder } from "./run.ts";

const clips = (voice: string) => [1, 2, 3].map((n) => `samples/${voice}/${n}.wav`);
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

test("lists what would expire, and erases it once the clock is confirmed", async () => {
  const data = ["--data", temporaryFolder()];
  const soon = new Date(Date.now() + 15_000);
  await run(...data, "enroll", "awb", ...clips("awb"), "--expires-at", soon.toISOString());
  await run(...data, "enroll", "slt", ...clips("slt"), "--expires-at", inDays(30));
  const kept = await run(...data, "registry", "sweep", "--by", inDays(1));
  expect([kept.code, kept.stderr]).toEqual([2, expect.stringContaining("--by needs --dry-run")]);

  const later = await run(...data, "registry", "sweep", "--dry-run", "--by", inDays(31), "--json");
  const { speakers, due } = JSON.parse(later.stdout);
  expect([speakers, due.map(({ id }: { id: string }) => id)]).toEqual([2, ["awb", "slt"]]);

  await new Promise((resolve) => setTimeout(resolve, Math.max(0, soon.getTime() - Date.now())));
  const preview = await run(...data, "registry", "sweep", "--dry-run");
  expect(preview.stdout).toMatch(/^speaker +clips +expires\nawb +3 +.*\n1 speakers would be erased\n$/);
  const first = await run(...data, "registry", "sweep");
  expect([first.code, first.stderr]).toEqual([2, expect.stringContaining("there was no sweep yet")]);
  const still = await run(...data, "registry", "sweep", "--dry-run", "--json");
  expect(JSON.parse(still.stdout).speakers).toBe(1);

  const swept = await run(...data, "registry", "sweep", "--confirm-clock");
  expect([swept.code, swept.stdout]).toEqual([
    0,
    expect.stringMatching(/^spk_\S+: erased, 3 clips \(.*\)\n1 speakers erased, 0 decisions shortened\n$/),
  ]);
  const left = await run(...data, "registry", "sweep", "--dry-run", "--by", inDays(31), "--json");
  expect(JSON.parse(left.stdout).due.map(({ id }: { id: string }) => id)).toEqual(["slt"]);
  expect((await run(...data, "registry", "sweep")).stdout).toBe("0 speakers erased, 0 decisions shortened\n");
}, 180_000);

test("drop-audio deletes the recordings and leaves the voiceprints", async () => {
  const data = ["--data", temporaryFolder()];
  await run(...data, "enroll", "awb", ...clips("awb"));
  expect((await run(...data, "registry", "drop-audio", "--dry-run")).stdout).toBe(
    "3 recordings of 1 speakers would be deleted\n",
  );
  expect((await run(...data, "registry", "drop-audio")).stdout).toBe("3 recordings of 1 speakers deleted\n");
  expect((await run(...data, "registry", "drop-audio", "--json")).stdout).toMatch(/"recordings": ?0/);
  expect((await run(...data, "verify", "awb", "samples/awb/4.wav")).code).toBe(0);
  // Recordings that were deleted on purpose aren't a finding.
  const { stdout } = await run(...data, "fsck");
  expect(stdout).not.toMatch(/missing|damaged/);
}, 180_000);
