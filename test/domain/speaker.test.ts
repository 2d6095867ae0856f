import { expect, test } from "vitest";
import { deleteClip, listClips } from "../../lib/domain/speaker/clip.ts";
import { eraseSpeaker, resetSpeaker } from "../../lib/domain/speaker/erase.ts";
import { liftOptOut, optOut } from "../../lib/domain/speaker/opt-out.ts";
import { listSpeakers, readSpeaker, updateSpeaker } from "../../lib/domain/speaker/speaker.ts";
import { AppError } from "../../lib/error.ts";
import { fakeEmbedder } from "../support/fake-embedder.ts";
import { openTestServices, testServices } from "../support/services.ts";
import { enrollTakes, named, recomputed, refusal, set, slugOf, speakerId, stored, traces } from "./asking.ts";

test("every operation reports an unknown speaker as not found", async () => {
  const services = await testServices();
  const ann = named(services, "ann");
  for (const operation of [
    readSpeaker(services, ann),
    updateSpeaker(services, { ...ann, name: "Ann" }),
    eraseSpeaker(services, ann),
    resetSpeaker(services, ann),
    listClips(services, ann),
    deleteClip(services, { ...ann, clipId: "clp_1" }),
  ])
    expect(await slugOf(operation)).toBe("speaker-not-found");
});

test("another registry's speaker gives the same error as an unknown one", async () => {
  const services = await testServices();
  await enrollTakes(services, "ann", 1);
  const registry = { ...services.registry, registryId: "reg_other" } as const;
  const read = (name: string) => readSpeaker(services, { registry, speakerId: speakerId(name) });
  const theirs = await refusal(read("ann"));
  const unknown = await refusal(read("bob"));
  expect(theirs.slug).toBe(unknown.slug);
  expect(theirs.message.replace("ann", "bob")).toBe(unknown.message);
});

test("lists speakers in order of creation, page by page", async () => {
  const services = await testServices();
  for (const name of ["zoe", "ann", "max"]) await enrollTakes(services, name, 1);
  const { registry } = services;
  const first = await listSpeakers(services, { registry, limit: 2 });
  expect(first.items.map((speaker) => speaker.id)).toEqual(["zoe", "ann"]);
  const rest = await listSpeakers(services, { registry, limit: 2, after: first.next });
  expect(rest.items.map((speaker) => speaker.id)).toEqual(["max"]);
  expect(rest.next).toBeUndefined();
});

test("status depends on the registry's current setting", async () => {
  const services = await testServices();
  await enrollTakes(services, "ann", 2);
  expect(await readSpeaker(services, named(services, "ann"))).toMatchObject({ status: "enrolling" });
  await set(services, { enrollSpeechSeconds: 12 });
  expect(await readSpeaker(services, named(services, "ann"))).toMatchObject({ status: "enrolled" });
});

test("an update keeps omitted fields, removes a null name, and checks the version", async () => {
  const services = await testServices();
  const ann = named(services, "ann");
  const { speaker } = await enrollTakes(services, "ann", 1);
  const update = (change: object) => updateSpeaker(services, { ...ann, ...change });
  expect(await update({ name: "Ann", ifMatch: speaker.version })).toMatchObject({ name: "Ann", version: 2 });
  expect(await slugOf(update({ name: "Late", ifMatch: 1 }))).toBe("version-mismatch");
  expect(await update({ metadata: { team: "a" } })).toMatchObject({ name: "Ann", metadata: { team: "a" } });
  expect(await update({ name: null })).toMatchObject({ name: null, metadata: { team: "a" }, version: 4 });
  expect((await stored(services, "ann")).sum).toEqual(
    await recomputed(services, await stored(services, "ann")),
  );
});

test("an update retries after a conflict; with `ifMatch` it is rejected", async () => {
  const services = await testServices();
  const ann = named(services, "ann");
  await enrollTakes(services, "ann", 1);
  let lost = 0;
  const speakers = {
    ...services.speakers,
    put: async (speaker: Parameters<typeof services.speakers.put>[0]) => {
      if (lost++ === 0) await updateSpeaker(services, { ...ann, metadata: { by: "other" } });
      await services.speakers.put(speaker);
    },
  };
  const racing = { ...services, speakers };
  const updated = await updateSpeaker(racing, { ...ann, name: "Ann" });
  expect(updated).toMatchObject({ name: "Ann", metadata: { by: "other" }, version: 3 });
  lost = 0;
  expect(await slugOf(updateSpeaker(racing, { ...ann, name: "X", ifMatch: 3 }))).toBe("version-mismatch");
});

test("lists clips in enrollment order", async () => {
  const services = await testServices();
  const { clips } = await enrollTakes(services, "ann", 4);
  const listed = await listClips(services, named(services, "ann"));
  expect(listed.map((clip) => clip.id)).toEqual(clips.map((clip) => clip.id));
});

test("deleting a clip gives exactly the voiceprint without it", async () => {
  const services = await testServices();
  const ann = named(services, "ann");
  await enrollTakes(services, "ann", 1);
  const without = await stored(services, "ann");
  const { clips } = await enrollTakes(services, "ann", 1, 2);
  expect(await deleteClip(services, { ...ann, clipId: clips[0].id })).toMatchObject({ clips: 1, version: 3 });
  const after = await stored(services, "ann");
  expect([after.sum, after.stats, after.clips]).toEqual([without.sum, without.stats, without.clips]);
  expect(await traces(services, after.uid)).toEqual({ items: 1, audio: 1 });
  expect(await slugOf(deleteClip(services, { ...ann, clipId: clips[0].id }))).toBe("clip-not-found");
  expect(await slugOf(enrollTakes(services, "ann", 1, 2))).toBe("done");
});

test("deleting the last clip leaves a speaker without a voiceprint", async () => {
  const services = await testServices();
  const { clips } = await enrollTakes(services, "ann", 1);
  await deleteClip(services, { ...named(services, "ann"), clipId: clips[0].id });
  const speaker = await stored(services, "ann");
  expect(speaker).toMatchObject({ clips: [], stats: undefined });
  expect(speaker.sum.every((x) => Object.is(x, 0))).toBe(true);
});

test("deleting a clip that the store has lost is an internal error", async () => {
  const services = await testServices();
  const { clips, speaker } = await enrollTakes(services, "ann", 2);
  await services.speakers.removeClip(services.registryId, speaker.uid, clips[0].id);
  const deletion = deleteClip(services, { ...named(services, "ann"), clipId: clips[0].id });
  await expect(deletion).rejects.toThrow(/fsck/);
  await expect(deletion).rejects.not.toBeInstanceOf(AppError);
  expect((await stored(services, "ann")).clips).toHaveLength(2);
});

test("erasing removes everything, returns a receipt and frees the id", async () => {
  const services = await testServices();
  const { speaker } = await enrollTakes(services, "ann", 3);
  const ann = named(services, "ann");
  services.clock.advance(60);
  expect(await eraseSpeaker(services, ann)).toEqual({
    uid: speaker.uid,
    clips: 3,
    at: "2026-01-01T00:01:00.000Z",
    removed: { recordings: 3, candidates: 0, cohorts: 0, groups: 0 },
    remaining: [
      {
        where: "the ID, in decisions, stored replies, uploads and jobs",
        until: "2026-01-01T00:02:00.000Z",
      },
      { where: "a keyed hash of the ID, in the audit log", until: null },
    ],
  });
  expect(await traces(services, speaker.uid)).toEqual({ items: 0, audio: 0 });
  expect(await slugOf(eraseSpeaker(services, ann))).toBe("speaker-not-found");
  const again = await enrollTakes(services, "ann", 3);
  expect(again).toMatchObject({ created: true, speaker: { version: 1 } });
  expect(again.speaker.uid).not.toBe(speaker.uid);
});

test("a reset keeps uid, name and metadata, and removes all voice data", async () => {
  const services = await testServices();
  const ann = named(services, "ann");
  const { speaker } = await enrollTakes(services, "ann", 3);
  await updateSpeaker(services, { ...ann, name: "Ann" });
  expect(await resetSpeaker(services, ann)).toMatchObject({
    uid: speaker.uid,
    name: "Ann",
    status: "enrolling",
    clips: 0,
    speechSeconds: 0,
  });
  expect(await traces(services, speaker.uid)).toEqual({ items: 0, audio: 0 });
  expect(await enrollTakes(services, "ann", 1)).toMatchObject({ created: false, speaker: { clips: 1 } });
});

test("an opt-out erases voice and details, and rejects enrollments until lifted, also after an erasure", async () => {
  const services = await testServices();
  const ann = named(services, "ann");
  const { speaker } = await enrollTakes(services, "ann", 2);
  await updateSpeaker(services, { ...ann, name: "Ann", metadata: { team: "a" } });
  const gone = await optOut(services, ann);
  expect(gone).toMatchObject({ uid: speaker.uid, status: "opted-out", name: null, metadata: {}, clips: 0 });
  expect(await traces(services, speaker.uid)).toEqual({ items: 0, audio: 0 });
  for (const refused of [
    enrollTakes(services, "ann", 1, 9),
    updateSpeaker(services, { ...ann, name: "Ann" }),
    resetSpeaker(services, ann),
  ])
    expect(await slugOf(refused)).toBe("speaker-opted-out");
  expect(await optOut(services, ann)).toEqual(gone);
  const { remaining } = await eraseSpeaker(services, ann);
  expect(remaining).toContainEqual({ where: expect.stringContaining("keyed hash"), until: null });
  expect(await slugOf(readSpeaker(services, ann))).toBe("speaker-not-found");
  expect(await slugOf(enrollTakes(services, "ann", 1))).toBe("speaker-opted-out");
  expect(await slugOf(enrollTakes(services, "Ann", 1))).toBe("done");
  await liftOptOut(services, ann);
  expect(await slugOf(enrollTakes(services, "ann", 1))).toBe("done");
  await liftOptOut(services, ann);
  expect(await readSpeaker(services, ann)).toMatchObject({ clips: 1 });
});

test("lifting an opt-out frees the id of a person who was not erased", async () => {
  const services = await testServices();
  const ann = named(services, "ann");
  await optOut(services, ann);
  await liftOptOut(services, ann);
  expect(await slugOf(readSpeaker(services, ann))).toBe("speaker-not-found");
  expect(await slugOf(enrollTakes(services, "ann", 1))).toBe("done");
});

test("an opt-out and an erasure during an enrollment reject it", async () => {
  const services = await testServices();
  const ann = named(services, "ann");
  const clips = {
    ...services.clips,
    put: async (...given: Parameters<typeof services.clips.put>) => {
      await optOut(services, ann);
      await eraseSpeaker(services, ann);
      return services.clips.put(...given);
    },
  };
  expect(await slugOf(enrollTakes({ ...services, clips }, "ann", 1))).toBe("speaker-opted-out");
  expect(await services.clips.list(services.registryId)).toEqual([]);
});

test("an opt-out works for an unknown id", async () => {
  const services = await testServices();
  expect(await optOut(services, named(services, "new"))).toMatchObject({ status: "opted-out", version: 1 });
  expect(await slugOf(enrollTakes(services, "new", 1))).toBe("speaker-opted-out");
});

test("a speaker of another model needs re-enrollment, and its clips can still be deleted", async () => {
  const old = await openTestServices({ embedder: fakeEmbedder("old-model") });
  const { clips } = await enrollTakes(old, "ann", 2);
  const services = await openTestServices({ folder: old.folder });
  const ann = named(services, "ann");
  expect(await readSpeaker(services, ann)).toMatchObject({ status: "needs-reenrollment" });
  await deleteClip(services, { ...ann, clipId: clips[0].id });
  const speaker = await stored(services, "ann");
  expect(speaker.sum).toEqual(await recomputed(services, speaker));
  expect(speaker).toMatchObject({ modelId: old.embedder.model.modelId, stats: undefined });
  await services.close();
  await old.close();
});
