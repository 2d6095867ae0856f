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

/**
 * Another model: reverses the values of every embedding, so that mixing two models shows in the
 * scores. Records the clips it embeds.
 */
function otherModel(hook?: Hook): Embedder & { embedded: string[] } {
  const { embed, ...others } = fakeEmbedder("other");
  const embedded: string[] = [];
  return {
    ...others,
    embedded,
    async embed(clip, options) {
      embedded.push(new TextDecoder().decode(clip.bytes));
      const original = await embed(clip, options);
      const embedding = original.embedding && normalize([...original.embedding].reverse());
      return (await hook?.(clip, { ...original, embedding })) ?? { ...original, embedding };
    },
  };
}

/** Services with enrolled speakers, and services of another model on the same folder. */
async function switched(names: readonly string[], hook?: Hook) {
  const before = await openTestServices();
  for (const name of names) await enrollTakes(before, name, 4);
  const embedder = otherModel(hook);
  const after = await openTestServices({ folder: before.folder, embedder });
  closeLater(after, before);
  return { before, after, embedder };
}

/** Closes the services in order; the last ones own the folder and delete it. */
function closeLater(...opened: readonly TestServices[]): void {
  onTestFinished(async () => {
    for (const services of opened) await services.close();
  });
}

const lastEntry = async ({ audit, registryId }: TestServices) =>
  (await audit.list(registryId, 1, 100)).at(-1);

const ask = (services: TestServices, name: string) =>
  verify(services, { ...named(services, name), clip: fakeClip(`voice=${name} take=9`) });

const status = async (services: TestServices, name: string) =>
  (await readSpeaker(services, named(services, name))).status;

test("rebuilds every voiceprint of another model from the recordings, and it verifies again", async () => {
  const { before, after } = await switched(["ann", "bob"]);
  expect(await pendingReembed(after)).toEqual({ speakers: 2, clips: 8, seconds: expect.any(Number) });
  expect(await slugOf(ask(after, "ann"))).toBe("model-mismatch");
  expect(await status(after, "ann")).toBe("needs-reenrollment");
  const was = await stored(before, "ann");

  const seen: [number, number][] = [];
  const report = await reembed(after, { onProgress: (...at) => seen.push(at) });
  expect(report).toEqual({ speakers: 2, clips: 8, needsReenrollment: [] });
  expect(await lastEntry(after)).toMatchObject({
    ...{ operation: "reembed", key: null, outcome: "done" },
    details: { speakers: 2, clips: 8, needReenrollment: 0 },
  });
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
  expect(await pendingReembed(after)).toEqual({ speakers: 0, clips: 0, seconds: 0 });
  // A service that still runs the old model gets an error, not a wrong score.
  expect(await slugOf(ask(before, "ann"))).toBe("model-mismatch");
});

test("a running service finds rebuilt voiceprints", async () => {
  const { after } = await switched(["ann", "bob"]);
  const who = () => identify(after, { registry: after.registry, clip: fakeClip("voice=bob take=9") });
  expect(await who()).toMatchObject({ decision: "unknown", searched: 0 });
  await reembed(after);
  expect(await who()).toMatchObject({ decision: "match", searched: 2, candidates: [{ speaker: "bob" }, {}] });
});

test("reports a speaker with a missing recording, and rebuilds the others", async () => {
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

test("reports why each clip is lost: no voice, changed audio, missing item", async () => {
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

test("resumes after an interruption without embedding finished speakers again", async () => {
  let stopped = false;
  const { after, embedder } = await switched(["ann", "bob", "eve"], async ({ bytes }) => {
    if (stopped || !new TextDecoder().decode(bytes).includes("voice=bob take=3")) return undefined;
    stopped = true;
    throw new RangeError("the power went");
  });
  await expect(reembed(after)).rejects.toThrow("the power went");
  expect(await pendingReembed(after)).toEqual({ speakers: 2, clips: 8, seconds: expect.any(Number) });
  embedder.embedded.length = 0;
  expect(await reembed(after)).toMatchObject({ speakers: 2, clips: 8 });
  expect(embedder.embedded.filter((text) => text.includes("voice=ann"))).toEqual([]);
  expect((await fsck(after)).findings).toEqual([]);
});

test("keeps a concurrent change of the speaker, and embeds no clip twice", async () => {
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

test("a speaker erased during re-embedding stays erased, with its clips", async () => {
  const { before, after } = await switched(["ann"], async ({ bytes }) => {
    if (new TextDecoder().decode(bytes).includes("take=4")) await eraseSpeaker(before, named(before, "ann"));
    return undefined;
  });
  const { registryId, uid } = await stored(before, "ann");
  expect(await reembed(after)).toEqual({ speakers: 0, clips: 0, needsReenrollment: [] });
  expect(await after.speakers.get(registryId, named(after, "ann").speakerId)).toBeUndefined();
  expect(await after.speakers.clips(registryId, uid)).toEqual([]);
});

test("re-embeds every registry in parallel with a model of another dimension", async () => {
  const before = await openTestServices();
  const names = ["ann", "bob", "eve", "max", "zoe"];
  for (const name of names) await enrollTakes(before, name, 2);
  const other = await ensureRegistry(before, "other branch");
  await enrollText({ ...before, registry: other, registryId: other.registryId }, "far", ["voice=far take=1"]);
  const { model, embed, ...others } = fakeEmbedder("narrow");
  const narrow: Embedder = {
    ...others,
    model: { ...model, dimension: 16 },
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

test("verification ignores a stray clip of the old model", async () => {
  const { before, after } = await switched(["ann"]);
  const speaker = await stored(before, "ann");
  const [item] = await before.speakers.clips(speaker.registryId, speaker.uid);
  await reembed(after);
  await after.speakers.putClip({ ...item, clipId: "clp_leftover", embedding: new Int32Array(8).fill(1) });
  expect(await ask(after, "ann")).toMatchObject({ decision: "accept", replaySuspected: false });
});
