import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { verify } from "../../lib/domain/decision/verify.ts";
import { enroll } from "../../lib/domain/enrollment/enroll.ts";
import { recordConsent, withdrawConsent } from "../../lib/domain/speaker/consent.ts";
import type { ConsentId } from "../../lib/id.ts";
import { speakerId } from "../contract/store.ts";
import { fakeClip } from "../support/fake-embedder.ts";
import { openTestServices } from "../support/services.ts";
import { run, temporaryFolder } from "./run.ts";

/** ann is used, bob isn't, and eve has withdrawn her consent and expired. */
async function filled() {
  const folder = temporaryFolder();
  const services = await openTestServices({ folder, store: "local" });
  const { registry } = services;
  const own = (name: string) => ({ registry, speakerId: speakerId(name) });
  for (const name of ["eve", "ann", "bob"]) {
    const clips = [1, 2].map((take) => fakeClip(`voice=${name} take=${take}`));
    await enroll(services, { ...own(name), clips });
    // The clock of the tests starts at 2026-01-01. Commands read the real one.
    services.clock.advance((Date.now() - services.clock.now().getTime()) / 1000);
  }
  const given = {
    givenBy: { who: "person" },
    text: { name: "voice-notice", version: "3" },
    purposes: ["verify"],
  } as const;
  await recordConsent(services, { ...own("ann"), consent: given });
  const { id } = await recordConsent(services, { ...own("eve"), consent: given });
  await withdrawConsent(services, { ...own("eve"), consentId: id as ConsentId });
  await verify(services, { ...own("ann"), clip: fakeClip("voice=ann take=9") });
  await services.close();
  return { folder, voiceroll: (...args: string[]) => run("--data", folder, "--registry", "test", ...args) };
}

test("speakers report answers an access request, with the recordings in a private folder", async () => {
  const { folder, voiceroll } = await filled();
  const out = join(folder, "ann");
  const { stdout } = await voiceroll("speakers", "report", "ann", "--out", out);
  expect(stdout).toContain("consent: voice-notice 3, verify, given ");
  expect(stdout).toMatch(/verify {2}accept/);
  expect(stdout).toContain(`Written to ${out}.`);
  const report = JSON.parse(readFileSync(join(out, "report.json"), "utf8"));
  expect(report).toMatchObject({ speaker: { id: "ann" }, decisions: [{ decision: "accept" }] });
  const recordings = report.clips.map(({ id }: { id: string }) => id);
  expect(readdirSync(out)).toHaveLength(1 + recordings.length);
  const [file = ""] = readdirSync(out).filter((name) => name.startsWith(recordings[0]));
  expect(readFileSync(join(out, file))).toEqual(Buffer.from(fakeClip("voice=ann take=1").bytes));
  expect(statSync(out).mode & 0o077).toBe(0);
  expect(statSync(join(out, "report.json")).mode & 0o077).toBe(0);
  expect(await voiceroll("speakers", "report", "ann", "--out", out)).toMatchObject({
    code: 2,
    stderr: /Name a folder that doesn't exist yet/,
  });
});

test("registry report counts voices by age, consents, uses, and what the next sweep erases", async () => {
  const { voiceroll } = await filled();
  await voiceroll("registry", "set", "--speaker-days", "1");
  const { stdout } = await voiceroll("registry", "report", "--json");
  expect(JSON.parse(stdout)).toMatchObject({
    registry: "test",
    retention: { speakerDays: 1, decisionDays: 90, keepAudio: true },
    speakers: { all: 3, withVoice: 3, recordings: 6, optedOut: 0 },
    consents: { inForce: 1, withdrawn: 1, reference: 0, none: 1 },
    decisions: { stored: 1 },
    unused: 2,
    nextSweep: { speakers: 1 },
    nextExpiry: expect.any(String),
  });
  expect((await voiceroll("registry", "report")).stdout).toMatch(/the next sweep erases +1 speakers/);
});
