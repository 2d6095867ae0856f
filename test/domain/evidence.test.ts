import { beforeEach, describe, expect, test } from "vitest";
import { fsck } from "../../lib/domain/maintenance/fsck.ts";
import { updateRegistry } from "../../lib/domain/registry/registry.ts";
import { listConsents, recordConsent, withdrawConsent } from "../../lib/domain/speaker/consent.ts";
import { eraseSpeaker } from "../../lib/domain/speaker/erase.ts";
import { evidenceFile } from "../../lib/domain/speaker/evidence.ts";
import type { ConsentId } from "../../lib/id.ts";
import { sha256Of } from "../../lib/sha256.ts";
import { openTestServices, type TestServices } from "../support/services.ts";
import { enrollText, speakerId } from "./asking.ts";
import { exported, imported } from "./transfer.ts";

const bytes = new TextEncoder().encode("I, Ann, agree");
const consent = {
  givenBy: { who: "person" },
  text: { name: "notice", version: "1" },
  purposes: ["enroll", "verify"],
} as const;
const ann = speakerId("ann");

let services: TestServices;
beforeEach(async () => {
  services = await openTestServices();
  await enrollText(services, "ann", ["voice=ann take=1"]);
});

const of = (at: TestServices) => ({ registry: at.registry, speakerId: ann });
const record = (at = services, more: object = {}) =>
  recordConsent(at, { ...of(at), consent: { ...consent, ...more }, recording: { bytes } });
const sha256At = async (at: TestServices, consentId: ConsentId) =>
  sha256Of((await evidenceFile(at, { ...of(at), consentId })).bytes);
const stored = async (at = services) =>
  (await at.clips.list(at.registryId)).filter(({ clipId }) => clipId.startsWith("con_"));

describe("the recording of a consent", () => {
  test("is stored as it was sent, and outlives a withdrawal but not the speaker", async () => {
    const { id, evidence } = await record();
    expect(evidence).toEqual({ reference: null, sha256: sha256Of(bytes), recording: true });
    await withdrawConsent(services, { ...of(services), consentId: id });
    const file = await evidenceFile(services, { ...of(services), consentId: id });
    expect([Buffer.from(file.bytes), file.name]).toEqual([Buffer.from(bytes), id]);
    expect((await fsck(services)).findings).toEqual([]);
    await eraseSpeaker(services, { registryId: services.registryId, speakerId: ann });
    expect(await stored()).toEqual([]);
  });

  test("isn't part of the voiceprint", async () => {
    const before = await services.speakers.get(services.registryId, ann);
    await record();
    const after = await services.speakers.get(services.registryId, ann);
    expect([after?.sum, after?.clips]).toEqual([before?.sum, before?.clips]);
  });

  test("is refused with another SHA-256, and where no recordings are stored", async () => {
    await expect(record(services, { evidence: { sha256: "0".repeat(64) } })).rejects.toMatchObject({
      slug: "validation-failed",
    });
    const { registryId } = services;
    const registry = await updateRegistry(services, { registryId, settings: { keepAudio: false } });
    await expect(
      recordConsent(services, { registry, speakerId: ann, consent, recording: { bytes } }),
    ).rejects.toMatchObject({ slug: "validation-failed", errors: [{ pointer: "/evidence" }] });
    expect(await stored()).toEqual([]);
  });

  test("isn't left behind by a consent that couldn't be added", async () => {
    for (let i = 0; i < 50; i++) await recordConsent(services, { ...of(services), consent });
    await expect(record()).rejects.toMatchObject({ slug: "consent-limit-reached" });
    expect(await stored()).toEqual([]);
  });

  test("stays when a later attempt of its request fails", async () => {
    const attempt = { mark: "0f".repeat(16), retry: false };
    const recording = { bytes };
    const { id } = await recordConsent(services, { ...of(services), consent, recording, attempt });
    let reads = 0;
    const get: typeof services.speakers.get = (...key) =>
      reads++ === 1 ? Promise.reject(new Error("no connection")) : services.speakers.get(...key);
    const failing = { ...services, speakers: { ...services.speakers, get } };
    const again = { ...of(services), consent, recording, attempt: { ...attempt, retry: true } };
    await expect(recordConsent(failing, again)).rejects.toThrow("no connection");
    expect(await sha256At(services, id)).toBe(sha256Of(bytes));
  });

  test("is removed by fsck if no consent names it, and reported if it is missing", async () => {
    const { id } = await record();
    const { registryId } = services;
    const uid = (await services.speakers.get(registryId, ann))?.uid ?? "spk_";
    await services.clips.put(registryId, uid, "con_1eft", bytes);
    const { findings } = await fsck(services, { repair: true });
    expect(findings).toMatchObject([{ kind: "orphan-audio", clipId: "con_1eft", repaired: true }]);
    expect(await stored()).toMatchObject([{ clipId: id }]);
    await services.clips.remove(registryId, uid, id);
    expect((await fsck(services)).findings).toMatchObject([{ kind: "missing-audio", clipId: id }]);
  });

  test("is exported with recordings; without them, its SHA-256 remains", async () => {
    const { id } = await record();
    const [withAudio, without] = [await exported(services, true), await exported(services)];
    const full = await openTestServices();
    await imported(full, withAudio);
    expect(await sha256At(full, id)).toBe(sha256Of(bytes));
    expect((await fsck(full)).findings).toEqual([]);
    expect((await exported(full, true)).slice(0, -1)).toEqual(withAudio.slice(0, -1));
    const bare = await openTestServices();
    await imported(bare, without);
    const { consents } = await listConsents(bare, of(bare));
    expect(consents[0]?.evidence).toEqual({ reference: null, sha256: sha256Of(bytes), recording: false });
    expect((await fsck(bare)).findings).toEqual([]);
  });
});
