import { expect, onTestFinished, test } from "vitest";
import { verify } from "../../lib/domain/decision/verify.ts";
import { reembed } from "../../lib/domain/job/reembed.ts";
import { dropRecordings } from "../../lib/domain/maintenance/drop-recordings.ts";
import { fsck } from "../../lib/domain/maintenance/fsck.ts";
import { sweep } from "../../lib/domain/maintenance/sweep.ts";
import { eraseSpeaker } from "../../lib/domain/speaker/erase.ts";
import { fakeClip, fakeEmbedder } from "../support/fake-embedder.ts";
import { openTestServices, testServices } from "../support/services.ts";
import { enrollTakes, enrollText, named, set, slugOf, stored, traces } from "./asking.ts";
import { exported, imported } from "./transfer.ts";

test("re-embedding names the speakers that need new recordings, and rebuilds the others", async () => {
  const before = await openTestServices();
  await enrollTakes(before, "ann", 4);
  await enrollTakes(before, "bob", 3);
  await enrollText(before, "bob", ["voice=bob take=9"], { keepAudio: false });
  const after = await openTestServices({ folder: before.folder, embedder: fakeEmbedder("other") });
  onTestFinished(async () => {
    await after.close();
    await before.close();
  });
  const report = await reembed(after);
  expect(report).toMatchObject({ speakers: 1, clips: 4 });
  const lastClip = (await stored(after, "bob")).clips[3]?.clipId;
  expect(report.needsReenrollment).toMatchObject([
    { speakerId: "bob", clips: [{ clipId: lastClip, why: "no-audio" }] },
  ]);
});

test("an export carries which recordings are kept; a registry that keeps none imports none", async () => {
  const from = await testServices();
  await enrollTakes(from, "ann", 2);
  await enrollText(from, "ann", ["voice=ann take=3"], { keepAudio: false });
  const lines = await exported(from, true);
  const mixed = await testServices();
  await imported(mixed, lines);
  const { clips, uid } = await stored(mixed, "ann");
  expect(clips.map(({ audioKept }) => audioKept)).toEqual([undefined, undefined, false]);
  expect(await traces(mixed, uid)).toEqual({ items: 3, audio: 2 });
  const none = await testServices();
  await set(none, { keepAudio: false });
  await imported(none, lines, { onConflict: "skip" });
  expect(await traces(none, uid)).toEqual({ items: 3, audio: 0 });
  expect((await imported(none, lines, { onConflict: "skip" })).speaker).toMatchObject({ unchanged: 1 });
  const settings = await exported(none);
  const copy = await testServices();
  await imported(copy, settings);
  expect((await copy.registries.get(copy.registryId))?.settings.keepAudio).toBe(false);
});

test("dropped recordings are gone, and their voiceprints stay", async () => {
  const services = await testServices();
  const { registryId } = services;
  await enrollTakes(services, "ann", 4);
  await enrollText(services, "bob", ["voice=bob take=1"], { keepAudio: false });
  const counts = { speakers: 1, recordings: 4 };
  expect(await dropRecordings(services, { registryId, dryRun: true })).toEqual(counts);
  expect(await services.clips.list(registryId)).toHaveLength(4);
  expect(await dropRecordings(services, { registryId })).toEqual(counts);
  expect(await services.clips.list(registryId)).toEqual([]);
  expect((await fsck(services)).findings).toEqual([]);
  const asked = { ...named(services, "ann"), clip: fakeClip("voice=ann take=9") };
  expect((await verify(services, asked)).decision).toBe("accept");
  expect(await slugOf(enrollTakes(services, "ann", 1))).toBe("duplicate-clip");
});

test("the sweep deletes audio that an interrupted drop left behind, and fsck reports it", async () => {
  const services = await testServices();
  const { registryId } = services;
  await enrollTakes(services, "ann", 2);
  const failing = {
    ...services,
    clips: { ...services.clips, remove: () => Promise.reject(new RangeError("the process ends here")) },
  };
  await expect(dropRecordings(failing, { registryId })).rejects.toThrow("ends here");
  const kinds = (await fsck(services)).findings.map(({ kind }) => kind);
  expect(kinds).toEqual(["orphan-audio", "orphan-audio"]);
  expect((await sweep(services, { registryId })).clips).toBe(2);
  const { uid } = await stored(services, "ann");
  expect(await traces(services, uid)).toEqual({ items: 2, audio: 0 });
  expect((await fsck(services)).findings).toEqual([]);
});

test("the receipt of an erasure counts stored recordings only", async () => {
  const services = await testServices();
  await enrollTakes(services, "ann", 1);
  await enrollText(services, "ann", ["voice=ann take=2"], { keepAudio: false });
  const receipt = await eraseSpeaker(services, named(services, "ann"));
  expect(receipt).toMatchObject({ clips: 2, removed: { recordings: 1 } });
});
