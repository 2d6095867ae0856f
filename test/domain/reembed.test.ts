import { expect, onTestFinished, test } from "vitest";
import type { ClipInput } from "../../lib/audio/types.ts";
import { identify } from "../../lib/domain/decision/identify.ts";
import { verify } from "../../lib/domain/decision/verify.ts";
import { pendingReembed, reembed } from "../../lib/domain/job/reembed.ts";
import { fsck } from "../../lib/domain/maintenance/fsck.ts";
import { ensureRegistry } from "../../lib/domain/registry/registry.ts";
import { eraseSpeaker } from "../../lib/domain/speaker/erase.ts";
import { readSpeaker, updateSpeaker } from "../../lib/domain/speaker/speaker.ts";
import { AppError } from "../../lib/error.ts";
import type { ClipEmbedding, Embedder } from "../../lib/ports/model.ts";
import { normalize } from "../../lib/score/scoring/vector.ts";
import { fakeClip, fakeEmbedder } from "../support/fake-embedder.ts";
import { openTestServices, type TestServices } from "../support/services.ts";
import { enrollTakes, enrollText, named, recomputed, slugOf, stored } from "./asking.ts";

type Hook = (clip: ClipInput, embedded: ClipEmbedding) => Promise<ClipEmbedding | undefined>;

/** Another model: hears the same with every vector back to front, so that mixing the two shows. Counts what it hears. */
function otherModel(hook?: Hook): Embedder & { embedded: string[] } {
  const { model, embed, check, close } = fakeEmbedder("other");
  const embedded: string[] = [];
  return {
    model,
    embedded,
    check,
    close,
    async embed(clip, options) {
      embedded.push(new TextDecoder().decode(clip.bytes));
      const found = await embed(clip, options);
      const embedding = found.embedding && normalize([...found.embedding].reverse());
      return (await hook?.(clip, { ...found, embedding })) ?? { ...found, embedding };
    },
  };
}

/** A registry of the first model, and the same folder opened with another one. */
async function switched(names: readonly string[], hook?: Hook) {
  const before = await openTestServices();
  for (const name of names) await enrollTakes(before, name, 4);
  const embedder = otherModel(hook);
  const after = await openTestServices({ folder: before.folder, embedder });
  closeLater(after, before);
  return { before, after, embedder };
}

/** The folder goes with the one that made it: last. */
function closeLater(...opened: readonly TestServices[]): void {
  onTestFinished(async () => {
    for (const services of opened) await services.close();
  });
}

const ask = (services: TestServices, name: string) =>
  verify(services, { ...named(services, name), clip: fakeClip(`voice=${name} take=9`) });

const status = async (services: TestServices, name: string) =>
  (await readSpeaker(services, named(services, name))).status;

test("every voiceprint of another model is rebuilt from the stored recordings and verifies again", async () => {
  const { before, after } = await switched(["ann", "bob"]);
  expect(await pendingReembed(after)).toEqual({ speakers: 2, clips: 8 });
  expect(await slugOf(ask(after, "ann"))).toBe("model-mismatch");
  expect(await status(after, "ann")).toBe("needs-reenrollment");
  const was = await stored(before, "ann");

  const seen: [number, number][] = [];
  const report = await reembed(after, { onProgress: (...at) => seen.push(at) });
  expect(report).toEqual({ speakers: 2, clips: 8, needsReenrollment: [] });
  expect(seen).toEqual([
    [4, 8],
    [8, 8],
  ]);
  const now = await stored(after, "ann");
  expect(now).toMatchObject({
    modelId: after.embedder.model.modelId,
    version: was.version + 1,
    clips: was.clips,
  });
  expect(now.sum).toEqual(await recomputed(after, now));
  expect([...now.sum]).toEqual([...was.sum].reverse());
  expect(now.stats?.cohortId).toBe("coh_other");
  expect(await ask(after, "ann")).toMatchObject({ decision: "accept", model: after.embedder.model.modelId });
  expect(await status(after, "ann")).toBe("enrolled");
  expect((await fsck(after)).findings).toEqual([]);
  expect(await pendingReembed(after)).toEqual({ speakers: 0, clips: 0 });
  // Whoever still runs the other model is refused, not given a wrong answer.
  expect(await slugOf(ask(before, "ann"))).toBe("model-mismatch");
});

test("a service that is running finds the rebuilt ones", async () => {
  const { after } = await switched(["ann", "bob"]);
  const who = () => identify(after, { registry: after.registry, clip: fakeClip("voice=bob take=9") });
  expect(await who()).toMatchObject({ decision: "unknown", searched: 0 });
  await reembed(after);
  expect(await who()).toMatchObject({ decision: "match", searched: 2, candidates: [{ speaker: "bob" }, {}] });
});

test("a speaker whose recordings were not kept needs to enroll again; the others are rebuilt", async () => {
  const { before, after } = await switched(["ann", "bob"]);
  const { registryId, uid, clips } = await stored(before, "ann");
  await before.clips.remove(registryId, uid, clips[1].clipId);
  const was = await stored(before, "ann");
  const report = await reembed(after);
  expect(report).toMatchObject({ speakers: 1, clips: 4 });
  expect(report.needsReenrollment).toEqual([
    { registryId, speakerId: "ann", uid, clips: [{ clipId: clips[1].clipId, why: "missing-audio" }] },
  ]);
  expect(await stored(after, "ann")).toStrictEqual(was);
  expect(await status(after, "ann")).toBe("needs-reenrollment");
  expect(await slugOf(ask(after, "ann"))).toBe("model-mismatch");
  expect(await status(after, "bob")).toBe("enrolled");
});

test("a recording that has changed, has no item or no voice for this model is not taken", async () => {
  const quiet: Hook = async ({ bytes }, embedded) => {
    const text = new TextDecoder().decode(bytes);
    if (text.includes("take=1")) return { ...embedded, embedding: undefined };
    if (text.includes("take=2")) throw new AppError("audio-undecodable", "not by this model");
    return embedded;
  };
  const { before, after } = await switched(["ann"], quiet);
  const { registryId, uid, clips } = await stored(before, "ann");
  await before.clips.put(registryId, uid, clips[2].clipId, fakeClip("voice=ann take=7").bytes);
  await before.speakers.removeClip(registryId, uid, clips[3].clipId);
  const [lost] = (await reembed(after)).needsReenrollment;
  expect(lost.clips.map(({ why }) => why)).toEqual([
    "no-voice",
    "no-voice",
    "audio-changed",
    "missing-clip-item",
  ]);
});

test("broken off and run again, it hears only what was not done", async () => {
  let stopped = false;
  const { after, embedder } = await switched(["ann", "bob", "eve"], async ({ bytes }) => {
    if (stopped || !new TextDecoder().decode(bytes).includes("voice=bob take=3")) return undefined;
    stopped = true;
    throw new RangeError("the power went");
  });
  await expect(reembed(after)).rejects.toThrow("the power went");
  expect(await pendingReembed(after)).toEqual({ speakers: 2, clips: 8 });
  embedder.embedded.length = 0;
  expect(await reembed(after)).toMatchObject({ speakers: 2, clips: 8 });
  expect(embedder.embedded.filter((text) => text.includes("voice=ann"))).toEqual([]);
  expect((await fsck(after)).findings).toEqual([]);
});

test("a speaker that changes meanwhile is rebuilt over the change, and no clip is heard twice", async () => {
  let renamed = false;
  const { before, after, embedder } = await switched(["ann"], async () => {
    if (!renamed) await updateSpeaker(before, { ...named(before, "ann"), name: "Ann" });
    renamed = true;
    return undefined;
  });
  expect(await reembed(after)).toMatchObject({ speakers: 1, clips: 4 });
  expect(await stored(after, "ann")).toMatchObject({ name: "Ann", modelId: after.embedder.model.modelId });
  expect(embedder.embedded).toHaveLength(4);
});

test("a speaker that is erased meanwhile stays erased, its clips too", async () => {
  const { before, after } = await switched(["ann"], async ({ bytes }) => {
    if (new TextDecoder().decode(bytes).includes("take=4")) await eraseSpeaker(before, named(before, "ann"));
    return undefined;
  });
  const { registryId, uid } = await stored(before, "ann");
  expect(await reembed(after)).toEqual({ speakers: 0, clips: 0, needsReenrollment: [] });
  expect(await after.speakers.get(registryId, named(after, "ann").speakerId)).toBeUndefined();
  expect(await after.speakers.clips(registryId, uid)).toEqual([]);
});

test("a model of another width, several speakers at once, every registry", async () => {
  const before = await openTestServices();
  const names = ["ann", "bob", "eve", "max", "zoe"];
  for (const name of names) await enrollTakes(before, name, 2);
  const other = await ensureRegistry(before, "other branch");
  await enrollText({ ...before, registry: other, registryId: other.registryId }, "far", ["voice=far take=1"]);
  const { model, embed, check, close } = fakeEmbedder("narrow");
  const narrow: Embedder = {
    model: { ...model, dimension: 16 },
    check,
    close,
    async embed(clip, options) {
      const embedded = await embed(clip, options);
      return { ...embedded, embedding: embedded.embedding && normalize(embedded.embedding.subarray(0, 16)) };
    },
  };
  const after = await openTestServices({ folder: before.folder, embedder: narrow, measured: false });
  closeLater(after, before);
  expect(await reembed(after, { width: 3 })).toEqual({ speakers: 6, clips: 11, needsReenrollment: [] });
  expect((await stored(after, "zoe")).sum).toHaveLength(16);
  expect(await ask(after, "zoe")).toMatchObject({ reasons: ["not_calibrated", "enrollment_short"] });
  expect((await fsck(after)).findings).toEqual([]);
});

test("a leftover of the other model beside a rebuilt voiceprint does not disturb a verification", async () => {
  const { before, after } = await switched(["ann"]);
  const speaker = await stored(before, "ann");
  const [item] = await before.speakers.clips(speaker.registryId, speaker.uid);
  await reembed(after);
  await after.speakers.putClip({ ...item, clipId: "clp_leftover", embedding: new Int32Array(8).fill(1) });
  expect(await ask(after, "ann")).toMatchObject({ decision: "accept", replaySuspected: false });
});
