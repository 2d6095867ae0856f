import { expect, test } from "vitest";
import { refreshStatistics } from "../../lib/domain/cohort/refresh-statistics.ts";
import { identify } from "../../lib/domain/decision/identify.ts";
import { verify } from "../../lib/domain/decision/verify.ts";
import { reembed } from "../../lib/domain/job/reembed.ts";
import { fsck } from "../../lib/domain/maintenance/fsck.ts";
import { readRegistry, registryIdOf } from "../../lib/domain/registry/registry.ts";
import { listClips } from "../../lib/domain/speaker/clip.ts";
import { eraseSpeaker } from "../../lib/domain/speaker/erase.ts";
import { optOut } from "../../lib/domain/speaker/opt-out.ts";
import { updateSpeaker } from "../../lib/domain/speaker/speaker.ts";
import { fakeClip, fakeEmbedder } from "../support/fake-embedder.ts";
import { type TestServices, testServices } from "../support/services.ts";
import { enrollTakes, named, refusal, set, speakerId, stored, traces } from "./asking.ts";
import { bodyOf, exported, fullRegistry, groupId, imported, parsed, resealed } from "./transfer.ts";

const NONE = { imported: 0, unchanged: 0, replaced: 0, completed: 0, left: 0 };

/** A full registry with its export, and the services of an empty folder. */
async function twoFolders(audio = false) {
  const from = await testServices();
  await fullRegistry(from);
  const lines = await exported(from, audio);
  return { from, lines, to: await testServices() };
}

const scores = async (services: TestServices) => {
  const registry = await readRegistry(services, services.registryId);
  const clip = fakeClip("voice=ann take=9");
  const enrolled = { registry, speakerId: speakerId("ann") };
  const { decisionId: _, ...verified } = await verify(services, { ...enrolled, clip });
  const { decisionId: __, ...identified } = await identify(services, { registry, clip, limit: 5 });
  return { verified, identified };
};

test("an imported export exports to the same bytes except the last line, and gives the same scores", async () => {
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

test("writes lines in a fixed order, with counts in the first and the last line", async () => {
  const { lines } = await twoFolders(true);
  const kinds = lines.map((line) => parsed(line).kind as string);
  expect([...new Set(kinds)]).toEqual(
    "header registry cohort calibration active speaker audio group candidate end".split(" "),
  );
  expect(parsed(lines[0])).toMatchObject({
    counts: { speakers: 4, clips: 8, cohorts: 1, groups: 1, candidates: 2 },
  });
  expect(parsed(lines.at(-1) ?? "")).toMatchObject({ speakers: 4, clips: 8, recordings: 8 });
});

test("resumes after an interruption, and changes nothing when it runs again", async () => {
  const { lines, to } = await twoFolders(true);
  for (const cut of [3, 6, 8, 11]) {
    const broken = imported(to, lines, { open: failingAt(lines, cut) });
    await expect(broken).rejects.toThrow("the power went");
  }
  await imported(to, lines);
  const before = await stored(to, "ann");
  const again = await imported(to, lines);
  expect(again.speaker).toEqual({ ...NONE, unchanged: 4 });
  expect(again.candidate).toEqual({ ...NONE, unchanged: 2 });
  expect([again.registry, again.active, again.group]).toEqual(Array(3).fill({ ...NONE, unchanged: 1 }));
  expect(await stored(to, "ann")).toEqual(before);
  expect(bodyOf(await exported(to, true))).toBe(bodyOf(lines));
  expect((await fsck(to)).findings).toEqual([]);
});

test("a file from before clips had fingerprints describes the same speakers", async () => {
  const { from, lines } = await twoFolders();
  const old = lines.reduce(
    (all, line, i) => (parsed(line).kind === "speaker" ? resealed(all, i + 1, dropFingerprints) : all),
    lines,
  );
  expect(old.join("")).not.toContain("fingerprint");
  expect((await imported(from, old)).speaker).toEqual({ ...NONE, unchanged: 4 });
  const to = await testServices();
  expect((await imported(to, old)).speaker).toEqual({ ...NONE, imported: 4 });
});

const dropFingerprints = (line: { clips: { fingerprint?: string }[] }) => {
  for (const clip of line.clips) delete clip.fingerprint;
};

/** The second pass fails after `cut` lines. */
function failingAt(lines: readonly string[], cut: number) {
  let passes = 0;
  return async function* () {
    passes += 1;
    if (passes === 1) return yield* lines;
    yield* lines.slice(0, cut);
    throw new RangeError("the power went");
  };
}

test("a dry run reports what an import would do, and writes nothing", async () => {
  const { lines, to } = await twoFolders();
  const report = await imported(to, lines, { dryRun: true });
  expect(report).toMatchObject({ speaker: { imported: 4 }, scoresAlike: null });
  expect((await to.speakers.list(to.registryId, undefined, 10)).items).toEqual([]);
  expect(await to.registries.get(registryIdOf("another"))).toBeUndefined();
});

test("adds recordings that a later file brings; fsck accepts clips without recordings", async () => {
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

test("names a conflicting speaker and writes nothing; skip keeps it, replace overwrites it", async () => {
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
  // The bob in the file is another speaker: erasing bob here must not leave his cohort row behind.
  expect((await fsck(to)).findings).toEqual([]);

  const replaced = await imported(to, lines, { onConflict: "replace" });
  expect(replaced.speaker).toEqual({ ...NONE, unchanged: 3, replaced: 1 });
  expect(await stored(to, "bob")).toMatchObject({ uid: bob.uid, version: bob.version + 1 });
  expect(await traces(to, bob.uid)).toEqual({ items: 3, audio: 0 });
  expect((await imported(to, lines, { onConflict: "replace" })).speaker).toEqual({ ...NONE, unchanged: 4 });
  expect((await fsck(to)).findings).toEqual([]);
});

test("never brings back a speaker who has opted out since, even with replace", async () => {
  const { from, lines } = await twoFolders();
  await optOut(from, named(from, "bob"));
  const { speaker, left } = await imported(from, lines, { onConflict: "replace" });
  expect([speaker.left, left.map(({ why }) => why)]).toEqual([1, ["opted-out", "speaker-missing"]]);
  expect(await stored(from, "bob")).toMatchObject({ optedOut: true, clips: [] });
});

test("erases the voice when a replacing file has the speaker opted out", async () => {
  const { lines, to } = await twoFolders();
  await enrollTakes(to, "gone", 2);
  await imported(to, lines, { onConflict: "replace" });
  const gone = await stored(to, "gone");
  expect(gone).toMatchObject({ optedOut: true, clips: [] });
  expect(await traces(to, gone.uid)).toEqual({ items: 0, audio: 0 });
});

test("skips speakers without consent if only the importing registry requires it", async () => {
  const { lines, to } = await twoFolders();
  await set(to, { consentRequired: true });
  const { speaker, left } = await imported(to, lines, { onConflict: "skip" });
  expect(speaker).toEqual({ ...NONE, imported: 2, left: 2 });
  expect(left.map(({ why }) => why)).toEqual([
    ...["differs", "consent-required", "consent-required", "speaker-missing"],
  ]);
});

test("a copy under another name in the same folder has the same ids and scores, but is independent", async () => {
  const { from, lines } = await twoFolders(true);
  const copied = await imported(from, lines, { registry: "copy" });
  expect(copied.speaker.imported).toBe(4);
  const copy = { ...from, registryId: copied.registryId };
  expect(await scores(copy)).toEqual(await scores(from));
  await eraseSpeaker(copy, named(copy, "ann"));
  expect((await scores(from)).identified.searched).toBe(3);
  expect((await fsck(from)).findings).toEqual([]);
});

test("restores an erased speaker and its group membership", async () => {
  const { from, lines } = await twoFolders(true);
  await eraseSpeaker(from, named(from, "ann"));
  const { speaker, group } = await imported(from, lines);
  expect([speaker.imported, group.completed]).toEqual([1, 1]);
  const night = await from.groups.get(from.registryId, groupId("night"));
  expect(night?.members).toEqual(["bob", "ann"]);
});

test("rejects another model's file with advice; anyModel accepts it, and reembed rebuilds it", async () => {
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
    /--any-model, then run `voiceroll models reembed`/,
  );
  await imported(to, whole, { anyModel: true });
  expect(await reembed(to)).toEqual({ speakers: 1, clips: 4, needsReenrollment: [] });

  const without = await testServices({ embedder: fakeEmbedder("other") });
  await imported(without, bare, { anyModel: true });
  const [lost] = (await reembed(without)).needsReenrollment;
  expect(lost.clips.map(({ why }) => why)).toEqual(Array(4).fill("no-audio"));
});

test("exports a consistent snapshot of a speaker that changes during the export", async () => {
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

test("refuses to export a speaker with a wrong sum", async () => {
  const { from } = await twoFolders();
  const bob = await stored(from, "bob");
  await from.speakers.put({ ...bob, version: bob.version + 1, sum: bob.sum.with(0, bob.sum[0] + 1) });
  await expect(exported(from)).rejects.toThrow(/bob .*voiceroll fsck/);
});

test("leaves no recordings behind when a concurrent enrollment wins", async () => {
  const from = await testServices();
  await enrollTakes(from, "ann", 2);
  const lines = await exported(from, true);
  const to = await testServices();
  let writes = 0;
  const speakers = {
    ...to.speakers,
    async putWithClips(...args: Parameters<typeof to.speakers.putWithClips>) {
      if (writes++ === 0) await enrollTakes(to, "ann", 1, 9);
      return to.speakers.putWithClips(...args);
    },
  };
  expect((await refusal(imported({ ...to, speakers }, lines))).message).toMatch(/speaker ann, differs/);
  const fileUid = parsed(lines[2]).uid as never;
  expect(await traces(to, fileUid)).toEqual({ items: 0, audio: 0 });
  expect((await fsck(to)).findings).toEqual([]);
});

test("resealing unchanged lines gives the same lines", async () => {
  const { lines } = await twoFolders();
  expect(resealed(lines, 0, () => undefined)).toEqual(lines);
});

test("skips a candidate voice whose speaker isn't there, and ignores an expired one", async () => {
  const { lines, to } = await twoFolders(false);
  await imported(to, lines);
  const { candidates } = await to.candidates.all(to.registryId);
  expect(candidates.map(({ speaker }) => speaker?.speakerId).sort()).toEqual(["bob", undefined]);
  const third = await testServices();
  const number = 1 + lines.findIndex((line) => parsed(line).kind === "candidate" && parsed(line).speaker);
  const strange = resealed(lines, number, (line) => {
    line.speaker.id = "nobody";
  });
  const report = await imported(third, strange, { onConflict: "skip" });
  expect(report.left).toMatchObject([{ kind: "candidate", why: "speaker-missing" }]);
  third.clock.advance(40 * 86_400);
  expect((await imported(third, lines, { onConflict: "skip" })).candidate.imported).toBe(0);
});
