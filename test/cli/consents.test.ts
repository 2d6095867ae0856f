import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { enroll } from "../../lib/domain/enrollment/enroll.ts";
import { speakerId } from "../contract/store.ts";
import { fakeClip } from "../support/fake-embedder.ts";
import { openTestServices } from "../support/services.ts";
import { run, temporaryFolder } from "./run.ts";

async function enrolled(name: string) {
  const folder = temporaryFolder();
  const services = await openTestServices({ folder, store: "local" });
  const clips = [fakeClip(`voice=${name} take=1`)];
  await enroll(services, { registry: services.registry, speakerId: speakerId(name), clips });
  await services.close();
  const voiceroll = (...args: string[]) => run("--data", folder, "--registry", "test", ...args);
  return { folder, voiceroll, consents: (...args: string[]) => voiceroll("consents", ...args) };
}

const TEXT = ["--text", "voice-notice", "--text-version", "2026-11"];

test("records, lists and withdraws consents, and shows what is allowed", async () => {
  const { folder, consents } = await enrolled("ann");
  expect((await consents("list", "ann")).stdout).toContain("No consent is recorded.");
  const file = join(folder, "signed.pdf");
  writeFileSync(file, "I agree");
  const made = await consents(
    ...["record", "ann", ...TEXT, "--purposes", "identify,verify", "--representative", "Ann's mother"],
    ...["--relation", "parent", "--evidence-file", file, "--given-at", "2025-01-31", "--json"],
  );
  const consent = JSON.parse(made.stdout);
  expect(consent).toMatchObject({
    givenBy: { who: "representative", name: "Ann's mother", relation: "parent" },
    purposes: ["verify", "identify"],
    evidence: {
      reference: file,
      // sha256sum of "I agree"
      sha256: "99955b75e054416577b88fcec811270c93bff6f1bc421f01e3da7c1b18ec61e3",
    },
    givenAt: "2025-01-31T00:00:00.000Z",
    recordedBy: null,
  });
  expect((await consents("list", "ann")).stdout).toContain("allowed now: identify, verify");
  expect((await consents("withdraw", "ann", consent.id, "--reason", "by letter")).stdout).toBe(
    `ann: consent ${consent.id} withdrawn\n`,
  );
  expect((await consents("list", "ann")).stdout).toContain("allowed now: nothing");
});

test("stores a recording as the proof, and writes it with the report", async () => {
  const { folder, consents, voiceroll } = await enrolled("ann");
  const wav = join(import.meta.dirname, "../../samples/awb/1.wav");
  const record = (file: string) =>
    consents("record", "ann", ...TEXT, "--purposes", "verify", "--evidence-recording", file, "--json");
  const { id, evidence } = JSON.parse((await record(wav)).stdout);
  expect(evidence).toMatchObject({ reference: null, recording: true });
  const out = join(folder, "report");
  await voiceroll("speakers", "report", "ann", "--out", out);
  expect(readFileSync(join(out, `${id}.wav`))).toEqual(readFileSync(wav));
  const text = join(folder, "said.txt");
  writeFileSync(text, "I agree");
  expect(await record(text)).toMatchObject({ code: 2, stderr: /isn't a recording/ });
});

test("explains what is wrong", async () => {
  const { consents } = await enrolled("ann");
  const record = (...more: string[]) => consents("record", "ann", ...TEXT, ...more);
  expect(await record("--purposes", "sell")).toMatchObject({ code: 2, stderr: /Use some of enroll, verify/ });
  expect(await record("--purposes", "verify", "--given-at", "2999-01-01")).toMatchObject({
    code: 2,
    stderr: /in the future/,
  });
  expect(await record("--purposes", "verify", "--evidence-file", "/nowhere")).toMatchObject({
    code: 2,
    stderr: /Cannot read \/nowhere/,
  });
  expect(await record("--purposes", "verify", "--channel", "x".repeat(65))).toMatchObject({
    code: 2,
    stderr: /Use 1 to 64 characters/,
  });
  expect(await consents("withdraw", "ann", "17")).toMatchObject({ code: 2, stderr: /consents list prints/ });
  expect(await consents("withdraw", "ann", "con_00")).toMatchObject({ code: 2, stderr: /has no consent/ });
});

test("an export brings consents along, and an old one doesn't undo a withdrawal", async () => {
  const { folder, voiceroll, consents } = await enrolled("ann");
  const made = await consents("record", "ann", ...TEXT, "--purposes", "verify", "--json");
  const { id } = JSON.parse(made.stdout);
  const file = join(folder, "old.jsonl");
  await voiceroll("export", "--plain-templates", "--out", file);
  await consents("withdraw", "ann", id);
  const imported = await voiceroll("import", file, "--on-conflict", "replace");
  expect(imported.code).toBe(0);
  expect((await consents("list", "ann")).stdout).toContain("allowed now: nothing");

  const elsewhere = temporaryFolder();
  const there = (...args: string[]) => run("--data", elsewhere, "--registry", "test", ...args);
  await there("import", file);
  expect(JSON.parse((await there("consents", "list", "ann", "--json")).stdout)).toMatchObject({
    consents: [{ id, withdrawal: null, text: { name: "voice-notice", version: "2026-11" } }],
    purposes: ["verify"],
  });
});
