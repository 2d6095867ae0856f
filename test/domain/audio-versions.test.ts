import { expect, test } from "vitest";
import { reembed } from "../../lib/domain/job/reembed.ts";
import { fsck } from "../../lib/domain/maintenance/fsck.ts";
import { deleteClip } from "../../lib/domain/speaker/clip.ts";
import { storedRecording } from "../../lib/domain/speaker/recording.ts";
import { putBack } from "../../lib/domain/speaker/stored-clip.ts";
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

/** Ann, both of whose keys somebody has written other bytes to beside the service. */
async function overwritten() {
  const services = await versioned();
  const { clips } = await enrollTakes(services, "ann", 2);
  const items = await itemsOf(services);
  for (const { registryId, uid, clipId } of items) await services.clips.put(registryId, uid, clipId, FOREIGN);
  return { services, first: clips[0].id, items };
}

const recording = async (services: TestServices, clipId: string) =>
  Buffer.from((await storedRecording(services, { ...named(services, "ann"), clipId })).bytes);

test("an enrolled clip is read as it was enrolled, though its key was written over: by requests, export and re-embedding", async () => {
  const { services, first } = await overwritten();
  expect(await recording(services, first)).toEqual(TAKE_1);
  const audio = (await exported(services, true)).map(parsed).filter(({ kind }) => kind === "audio");
  expect(audio.map(({ data }) => Buffer.from(data, "base64"))).toContainEqual(TAKE_1);
  const other = { ...services, embedder: fakeEmbedder("other") };
  expect(await reembed(other, {})).toMatchObject({ speakers: 1, clips: 2 });
});

test("a recording that was written over is reported while it can be put back, once more put the same is not", async () => {
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

test("a recording that is put back while its clip is taken out does not come back", async () => {
  const { services, items } = await overwritten();
  const [item] = items;
  const clips = {
    ...services.clips,
    async put(...given: Parameters<typeof services.clips.put>) {
      if ((await services.speakers.getClip(item.registryId, item.uid, item.clipId)) !== undefined)
        await deleteClip(services, { ...named(services, "ann"), clipId: item.clipId });
      return services.clips.put(...given);
    },
  };
  await putBack({ ...services, clips }, item);
  expect(await traces(services, item.uid)).toEqual({ items: 1, audio: 1 });
});

test("where its version is gone and other bytes stand, nobody takes them for the recording", async () => {
  const { services, items } = await overwritten();
  for (const item of items) await services.speakers.putClip({ ...item, audioVersion: "gone" });
  expect((await fsck(services)).findings.map(({ kind }) => kind)).toEqual(["audio-changed", "audio-changed"]);
  await expect(exported(services, true)).rejects.toThrow(/run voiceroll fsck/);
});

test("a clip that was enrolled before versions were kept is read by its key", async () => {
  const services = await versioned();
  const { clips } = await enrollTakes(services, "ann", 1);
  const [item] = await itemsOf(services);
  await services.speakers.putClip({ ...item, audioVersion: undefined });
  expect(await recording(services, clips[0].id)).toEqual(TAKE_1);
});

test("an item that is put late, and names a version that was removed, is put right by whoever put it", async () => {
  const services = await versioned();
  const { clips } = await enrollTakes(services, "ann", 2);
  const ann = { ...named(services, "ann"), clipId: clips[0].id };
  await deleteClip(services, ann);
  let puts = 0;
  const racing = {
    ...services,
    speakers: {
      ...services.speakers,
      // The audio is stored by now; before the item is, everything is deleted and enrolled anew.
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

test("deleting a clip whose key was written over leaves none of its versions", async () => {
  const { services, items } = await overwritten();
  await deleteClip(services, { ...named(services, "ann"), clipId: items[0].clipId });
  const { registryId, uid, clipId, audioVersion } = items[0];
  for (const version of [undefined, audioVersion])
    expect(await services.clips.get(registryId, uid, clipId, version)).toBeUndefined();
  expect(await traces(services, uid)).toEqual({ items: 1, audio: 1 });
});

test("a version stays where it is: an export names none, and an import names those that it wrote or that stood", async () => {
  const from = await versioned();
  await enrollTakes(from, "ann", 2);
  const lines = await exported(from, true);
  expect(lines.join("\n")).not.toMatch(/audioVersion|version \d/);
  const to = await versioned();
  // Another row of versions than the one that it comes from.
  await to.clips.put(to.registryId, "spk_a", "clp_a", FOREIGN);
  await to.clips.removeSpeaker(to.registryId, "spk_a");
  await imported(to, lines);
  const items = await itemsOf(to);
  expect(items.map(({ audioVersion }) => audioVersion).toSorted()).toEqual(["version 1", "version 2"]);
  // Replaced by a file without recordings: those that stand are its own still.
  await enrollTakes(from, "ann", 1, 3);
  await imported(to, await exported(from), { onConflict: "replace" });
  const after = new Map((await itemsOf(to)).map(({ clipId, audioVersion }) => [clipId, audioVersion]));
  expect(after.size).toBe(3);
  for (const { clipId, audioVersion } of items) expect(after.get(clipId)).toBe(audioVersion);
  expect((await fsck(to)).findings).toEqual([]);
});
