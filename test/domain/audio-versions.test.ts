import { expect, test } from "vitest";
import { reembed } from "../../lib/domain/job/reembed.ts";
import { fsck } from "../../lib/domain/maintenance/fsck.ts";
import { deleteClip } from "../../lib/domain/speaker/clip.ts";
import { storedRecording } from "../../lib/domain/speaker/recording.ts";
import { restoreRecording } from "../../lib/domain/speaker/stored-clip.ts";
import type { Clip, Speaker } from "../../lib/ports/speaker.ts";
import { fakeClip, fakeEmbedder } from "../support/fake-embedder.ts";
import { type TestServices, testServices } from "../support/services.ts";
import { versionedClips } from "../support/versioned-clips.ts";
import { enrollTakes, named, stored, traces } from "./asking.ts";
import { exported, imported, parsed } from "./transfer.ts";

async function versioned(): Promise<TestServices> {
  const services = await testServices();
  return { ...services, clips: versionedClips() };
}

const itemsOf = async (services: TestServices): Promise<readonly Clip[]> =>
  services.speakers.clips(services.registryId, (await stored(services, "ann")).uid);

const TAKE_1 = Buffer.from(fakeClip("voice=ann take=1").bytes);
const FOREIGN = fakeClip("voice=bob take=7").bytes;

/** Enrolls ann, then overwrites the keys of both recordings behind the service's back. */
async function overwritten() {
  const services = await versioned();
  const { clips } = await enrollTakes(services, "ann", 2);
  const items = await itemsOf(services);
  for (const { registryId, uid, clipId } of items) await services.clips.put(registryId, uid, clipId, FOREIGN);
  return { services, first: clips[0].id, items };
}

const recording = async (services: TestServices, clipId: string) =>
  Buffer.from((await storedRecording(services, { ...named(services, "ann"), clipId })).bytes);

test("requests, export and re-embedding read the enrolled version of an overwritten recording", async () => {
  const { services, first } = await overwritten();
  expect(await recording(services, first)).toEqual(TAKE_1);
  const audio = (await exported(services, true)).map(parsed).filter(({ kind }) => kind === "audio");
  expect(audio.map(({ data }) => Buffer.from(data, "base64"))).toContainEqual(TAKE_1);
  const other = { ...services, embedder: fakeEmbedder("other") };
  expect(await reembed(other, {})).toMatchObject({ speakers: 1, clips: 2 });
});

test("reports an overwritten recording until its bytes are restored", async () => {
  const { services, items } = await overwritten();
  const [{ registryId, uid, clipId }] = items;
  const kinds = async (repair = false) =>
    (await fsck(services, { repair })).findings.map(({ kind, repaired }) => [kind, repaired]);
  expect(await kinds()).toEqual(Array(2).fill(["audio-superseded", false]));
  await services.clips.put(registryId, uid, clipId, await recording(services, clipId));
  expect(await kinds()).toEqual([["audio-superseded", false]]);
  expect(await kinds(true)).toEqual([["audio-superseded", true]]);
  expect(await kinds()).toEqual([]);
});

test("restoring a recording while its clip is deleted leaves nothing behind", async () => {
  const { services, items } = await overwritten();
  const [item] = items;
  const clips = {
    ...services.clips,
    async put(...args: Parameters<typeof services.clips.put>) {
      if ((await services.speakers.getClip(item.registryId, item.uid, item.clipId)) !== undefined)
        await deleteClip(services, { ...named(services, "ann"), clipId: item.clipId });
      return services.clips.put(...args);
    },
  };
  await restoreRecording({ ...services, clips }, item);
  expect(await traces(services, item.uid)).toEqual({ items: 1, audio: 1 });
});

test("rejects other bytes under the key when the enrolled version is gone", async () => {
  const { services, items } = await overwritten();
  for (const item of items) await services.speakers.putClip({ ...item, audioVersion: "gone" });
  expect((await fsck(services)).findings.map(({ kind }) => kind)).toEqual(["audio-changed", "audio-changed"]);
  await expect(exported(services, true)).rejects.toThrow(/run voiceroll fsck/);
});

test("reads a clip without a version by its key", async () => {
  const services = await versioned();
  const { clips } = await enrollTakes(services, "ann", 1);
  const [item] = await itemsOf(services);
  await services.speakers.putClip({ ...item, audioVersion: undefined });
  expect(await recording(services, clips[0].id)).toEqual(TAKE_1);
});

test("an enrollment corrects a late write of an item that names a removed version", async () => {
  const services = await versioned();
  const { clips } = await enrollTakes(services, "ann", 2);
  const ann = { ...named(services, "ann"), clipId: clips[0].id };
  await deleteClip(services, ann);
  let puts = 0;
  const racing = {
    ...services,
    speakers: {
      ...services.speakers,
      // Between storing the audio and the item, everything is deleted and enrolled again.
      putClip: async (clip: Clip) => {
        if (puts++ === 1) {
          await services.clips.remove(clip.registryId, clip.uid, clip.clipId);
          await services.clips.put(clip.registryId, clip.uid, clip.clipId, TAKE_1);
        }
        await services.speakers.putClip(clip);
      },
      put: async (speaker: Speaker) => {
        const { registryId, uid, clipId } = { ...ann, uid: speaker.uid };
        await services.speakers.removeClip(registryId, uid, clipId);
        await services.speakers.put(speaker);
      },
    },
  };
  await enrollTakes(racing, "ann", 1);
  expect(puts).toBe(3);
  for (const { registryId, uid, clipId, audioVersion } of await itemsOf(services))
    expect(await services.clips.get(registryId, uid, clipId, audioVersion)).toBeDefined();
});

test("deleting a clip with an overwritten key deletes all its versions", async () => {
  const { services, items } = await overwritten();
  await deleteClip(services, { ...named(services, "ann"), clipId: items[0].clipId });
  const { registryId, uid, clipId, audioVersion } = items[0];
  for (const version of [undefined, audioVersion])
    expect(await services.clips.get(registryId, uid, clipId, version)).toBeUndefined();
  expect(await traces(services, uid)).toEqual({ items: 1, audio: 1 });
});

test("an export has no versions; an import stores the versions it wrote or found", async () => {
  const from = await versioned();
  await enrollTakes(from, "ann", 2);
  const lines = await exported(from, true);
  expect(lines.join("\n")).not.toMatch(/audioVersion|version \d/);
  const to = await versioned();
  // Advance the version counter, so that the versions differ from the exporting store's.
  await to.clips.put(to.registryId, "spk_a", "clp_a", FOREIGN);
  await to.clips.removeSpeaker(to.registryId, "spk_a");
  await imported(to, lines);
  const items = await itemsOf(to);
  expect(items.map(({ audioVersion }) => audioVersion).toSorted()).toEqual(["version 1", "version 2"]);
  // A replacing file without recordings keeps the stored ones.
  await enrollTakes(from, "ann", 1, 3);
  await imported(to, await exported(from), { onConflict: "replace" });
  const after = new Map((await itemsOf(to)).map(({ clipId, audioVersion }) => [clipId, audioVersion]));
  expect(after.size).toBe(3);
  for (const { clipId, audioVersion } of items) expect(after.get(clipId)).toBe(audioVersion);
  expect((await fsck(to)).findings).toEqual([]);
});
