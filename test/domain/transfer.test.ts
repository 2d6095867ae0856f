import { expect, test } from "vitest";
import { refreshStatistics } from "../../lib/domain/cohort/refresh-statistics.ts";
import { identify } from "../../lib/domain/decision/identify.ts";
import { verify } from "../../lib/domain/decision/verify.ts";
import { reembed } from "../../lib/domain/job/reembed.ts";
import { fsck } from "../../lib/domain/maintenance/fsck.ts";
import { registryIdOf } from "../../lib/domain/registry/registry.ts";
import { listClips } from "../../lib/domain/speaker/clip.ts";
import { eraseSpeaker, optOut } from "../../lib/domain/speaker/erase.ts";
import { updateSpeaker } from "../../lib/domain/speaker/speaker.ts";
import { fakeClip, fakeEmbedder } from "../support/fake-embedder.ts";
import { type TestServices, testServices } from "../support/services.ts";
import { enrollTakes, named, refusal, set, stored, traces } from "./asking.ts";
import { bodyOf, exported, fullRegistry, groupId, imported, parsed, resealed } from "./transfer.ts";

const NONE = { imported: 0, unchanged: 0, replaced: 0, completed: 0, left: 0 };

/** A full registry, its export, and an empty folder. */
async function twoFolders(audio = false) {
  const from = await testServices();
  await fullRegistry(from);
  const lines = await exported(from, audio);
  return { from, lines, to: await testServices() };
}

const scores = async (services: TestServices) => {
  const clip = fakeClip("voice=ann take=9");
  const [one, many] = [
    await verify(services, { ...named(services, "ann"), clip }),
    await identify(services, { registryId: services.registryId, clip, limit: 5 }),
  ];
  const { decisionId: _, ...verified } = one;
  const { decisionId: __, ...identified } = many;
  return { verified, identified };
};

test("export, import into an empty folder, export again: the same bytes but for the last line, and the same scores", async () => {
  for (const audio of [false, true]) {
    const { from, lines, to } = await twoFolders(audio);
    await refreshStatistics(from, { registryId: from.registryId });
    const report = await imported(to, lines);
    expect(report).toMatchObject({
      registry: { imported: 1 },
      cohort: { imported: 1 },
      calibration: { imported: 1 },
      active: { imported: 1 },
      speaker: { imported: 4 },
      group: { imported: 1 },
      left: [],
      scoresAlike: true,
    });
    expect(bodyOf(await exported(to, audio))).toBe(bodyOf(lines));
    expect(await scores(to)).toEqual(await scores(from));
    expect((await fsck(to)).findings).toEqual([]);
    expect(await stored(to, "ann")).toEqual({
      ...(await stored(from, "ann")),
      version: 1,
      clips: (await stored(from, "ann")).clips.map((clip) => (audio ? clip : { ...clip, audioKept: false })),
    });
  }
});

test("the lines stand in order, with counts before and after, and hold no key", async () => {
  const { lines } = await twoFolders(true);
  const kinds = lines.map((line) => parsed(line).kind as string);
  expect([...new Set(kinds)]).toEqual(
    "header registry cohort calibration active speaker audio group end".split(" "),
  );
  expect(parsed(lines[0])).toMatchObject({ counts: { speakers: 4, clips: 8, cohorts: 1, groups: 1 } });
  expect(parsed(lines.at(-1) ?? "")).toMatchObject({ speakers: 4, clips: 8, recordings: 8 });
});

test("run again it changes nothing; what was broken off goes on", async () => {
  const { lines, to } = await twoFolders(true);
  for (const cut of [3, 6, 8, 11]) {
    const broken = imported(to, lines, { open: failingAt(lines, cut) });
    await expect(broken).rejects.toThrow("the power went");
  }
  await imported(to, lines);
  const before = await stored(to, "ann");
  const again = await imported(to, lines);
  expect(again.speaker).toEqual({ ...NONE, unchanged: 4 });
  expect([again.registry, again.active, again.group]).toEqual(Array(3).fill({ ...NONE, unchanged: 1 }));
  expect(await stored(to, "ann")).toEqual(before);
  expect(bodyOf(await exported(to, true))).toBe(bodyOf(lines));
  expect((await fsck(to)).findings).toEqual([]);
});

/** The second reading breaks off. */
function failingAt(lines: readonly string[], cut: number) {
  let readings = 0;
  return async function* () {
    readings += 1;
    if (readings === 1) return yield* lines;
    yield* lines.slice(0, cut);
    throw new RangeError("the power went");
  };
}

test("a dry run says the same and writes nothing", async () => {
  const { lines, to } = await twoFolders();
  const report = await imported(to, lines, { dryRun: true });
  expect(report).toMatchObject({ speaker: { imported: 4 }, scoresAlike: null });
  expect((await to.speakers.list(to.registryId, undefined, 10)).items).toEqual([]);
  expect(await to.registries.get(registryIdOf("another"))).toBeUndefined();
});

test("recordings that come later are put beside the clips; without them fsck is content and clips say so", async () => {
  const { from, lines, to } = await twoFolders();
  await imported(to, lines);
  expect((await listClips(to, named(to, "bob"))).map(({ recording }) => recording)).toEqual([
    false,
    false,
    false,
  ]);
  const { version, ...before } = await stored(to, "bob");
  expect((await imported(to, await exported(from, true))).speaker).toEqual({
    ...NONE,
    completed: 3,
    unchanged: 1,
  });
  expect((await listClips(to, named(to, "bob"))).map(({ recording }) => recording)).toEqual([
    true,
    true,
    true,
  ]);
  expect(await stored(to, "bob")).toMatchObject({ version: version + 1, updatedAt: before.updatedAt });
  expect(await traces(to, before.uid)).toEqual({ items: 3, audio: 3 });
  expect((await fsck(to)).findings).toEqual([]);
});

test("what stands here otherwise refuses all of it, and is named; skip keeps it, replace takes the file's", async () => {
  const { lines, to } = await twoFolders();
  await enrollTakes(to, "bob", 2, 7);
  const bob = await stored(to, "bob");
  const refused = await refusal(imported(to, lines));
  expect(refused.message).toMatch(/line \d+: speaker bob, differs.*nothing was written.*--on-conflict/);
  expect(await to.speakers.get(to.registryId, named(to, "ann").speakerId)).toBeUndefined();

  const skipped = await imported(to, lines, { onConflict: "skip" });
  expect(skipped.speaker).toEqual({ ...NONE, imported: 3, left: 1 });
  expect(skipped.left).toContainEqual({
    line: expect.any(Number),
    kind: "speaker",
    id: "bob",
    why: "differs",
  });
  expect(await stored(to, "bob")).toEqual(bob);
  // Nobody here is the bob of the file: his row would stay when he asks to be erased.
  expect((await fsck(to)).findings).toEqual([]);

  const replaced = await imported(to, lines, { onConflict: "replace" });
  expect(replaced.speaker).toEqual({ ...NONE, unchanged: 3, replaced: 1 });
  expect(await stored(to, "bob")).toMatchObject({ uid: bob.uid, version: bob.version + 1 });
  expect(await traces(to, bob.uid)).toEqual({ items: 3, audio: 0 });
  expect((await imported(to, lines, { onConflict: "replace" })).speaker).toEqual({ ...NONE, unchanged: 4 });
  expect((await fsck(to)).findings).toEqual([]);
});

test("whoever has opted out since does not come back, whatever is asked for", async () => {
  const { from, lines } = await twoFolders();
  await optOut(from, named(from, "bob"));
  const { speaker, left } = await imported(from, lines, { onConflict: "replace" });
  expect([speaker.left, left.map(({ why }) => why)]).toEqual([1, ["opted-out"]]);
  expect(await stored(from, "bob")).toMatchObject({ optedOut: true, clips: [] });
});

test("an opt-out in the file takes the voice out when it replaces", async () => {
  const { lines, to } = await twoFolders();
  await enrollTakes(to, "gone", 2);
  await imported(to, lines, { onConflict: "replace" });
  const gone = await stored(to, "gone");
  expect(gone).toMatchObject({ optedOut: true, clips: [] });
  expect(await traces(to, gone.uid)).toEqual({ items: 0, audio: 0 });
});

test("a registry that asks for consent takes nobody without, unless the file's had the same rule", async () => {
  const { lines, to } = await twoFolders();
  await set(to, { consentRequired: true });
  const { speaker, left } = await imported(to, lines, { onConflict: "skip" });
  expect(speaker).toEqual({ ...NONE, imported: 2, left: 2 });
  expect(left.map(({ why }) => why)).toEqual(["differs", "consent-required", "consent-required"]);
});

test("a copy in the same folder under another name has the same ids and scores, and is a registry of its own", async () => {
  const { from, lines } = await twoFolders(true);
  const copied = await imported(from, lines, { registry: "copy" });
  expect(copied.speaker.imported).toBe(4);
  const copy = { ...from, registryId: copied.registryId };
  expect(await scores(copy)).toEqual(await scores(from));
  await eraseSpeaker(copy, named(copy, "ann"));
  expect((await scores(from)).identified.searched).toBe(3);
  expect((await fsck(from)).findings).toEqual([]);
});

test("erased from the target and its groups, a speaker comes back with the file and is a member again", async () => {
  const { from, lines } = await twoFolders(true);
  await eraseSpeaker(from, named(from, "ann"));
  const { speaker, group } = await imported(from, lines);
  expect([speaker.imported, group.completed]).toEqual([1, 1]);
  const night = await from.groups.get(from.registryId, groupId("night"));
  expect(night?.members).toEqual(["bob", "ann"]);
});

test("another model's file is refused, and says what to do; --any-model takes it, and reembed rebuilds it", async () => {
  const from = await testServices();
  await enrollTakes(from, "ann", 4);
  const to = await testServices({ embedder: fakeEmbedder("other") });
  const bare = await exported(from);
  expect(await refusal(imported(to, bare))).toMatchObject({
    slug: "model-mismatch",
    message: expect.stringMatching(/not in the file.*needs-reenrollment/),
  });
  const whole = await exported(from, true);
  expect((await refusal(imported(to, whole))).message).toMatch(
    /--any-model, then `voiceroll models reembed`/,
  );
  await imported(to, whole, { anyModel: true });
  expect(await reembed(to)).toEqual({ speakers: 1, clips: 4, needsReenrollment: [] });

  const without = await testServices({ embedder: fakeEmbedder("other") });
  await imported(without, bare, { anyModel: true });
  const [lost] = (await reembed(without)).needsReenrollment;
  expect(lost.clips.map(({ why }) => why)).toEqual(Array(4).fill("no-audio"));
});

test("a speaker that changes while it is exported is written as it was at one moment", async () => {
  const { from } = await twoFolders();
  let renamed = false;
  const speakers = {
    ...from.speakers,
    async clips(...args: Parameters<typeof from.speakers.clips>) {
      if (!renamed) await updateSpeaker(from, { ...named(from, "ann"), name: "Anna" });
      renamed = true;
      return from.speakers.clips(...args);
    },
  };
  const lines = await exported({ ...from, speakers });
  expect(lines.map(parsed).find(({ id }) => id === "ann")).toMatchObject({ name: "Anna" });
});

test("a damaged registry is not exported as if it were whole", async () => {
  const { from } = await twoFolders();
  const bob = await stored(from, "bob");
  await from.speakers.put({ ...bob, version: bob.version + 1, sum: bob.sum.with(0, bob.sum[0] + 1) });
  await expect(exported(from)).rejects.toThrow(/bob .*voiceroll fsck/);
});

test("an import that loses its speaker to an enrollment leaves no recording behind", async () => {
  const from = await testServices();
  await enrollTakes(from, "ann", 2);
  const lines = await exported(from, true);
  const to = await testServices();
  let begun = 0;
  const speakers = {
    ...to.speakers,
    async putWithClips(...args: Parameters<typeof to.speakers.putWithClips>) {
      if (begun++ === 0) await enrollTakes(to, "ann", 1, 9);
      return to.speakers.putWithClips(...args);
    },
  };
  expect((await refusal(imported({ ...to, speakers }, lines))).message).toMatch(/speaker ann, differs/);
  const fileUid = parsed(lines[2]).uid as never;
  expect(await traces(to, fileUid)).toEqual({ items: 0, audio: 0 });
  expect((await fsck(to)).findings).toEqual([]);
});

test("resealing changes nothing by itself", async () => {
  const { lines } = await twoFolders();
  expect(resealed(lines, 0, () => undefined)).toEqual(lines);
});
