import { expect, test } from "vitest";
import { deleteClip } from "../../lib/domain/speaker/clip.ts";
import { eraseSpeaker } from "../../lib/domain/speaker/erase.ts";
import { storedRecording } from "../../lib/domain/speaker/recording.ts";
import { clipIdOf, dropClip } from "../../lib/domain/speaker/stored-clip.ts";
import type { ClipId } from "../../lib/id.ts";
import type { Speaker } from "../../lib/ports/speaker.ts";
import { type TestServices, testServices } from "../support/services.ts";
import { versionedClips } from "../support/versioned-clips.ts";
import { enrollTakes, named, slugOf, stored, traces } from "./asking.ts";

/** Enrolls takes 1 and 2 of ann; the tests delete take 1 and enroll it again in parallel. */
async function withAnn() {
  const services = await testServices();
  const { clips, speaker } = await enrollTakes(services, "ann", 2);
  return { services, uid: speaker.uid, place: placeOf(services, speaker.uid, clips[0].id) };
}

const placeOf = (services: TestServices, uid: Speaker["uid"], clipId: ClipId) => ({
  registryId: services.registryId,
  uid,
  clipId,
});

test("a clip id depends on the speaker and the audio only", async () => {
  const [audio, other] = ["a".repeat(64), "b".repeat(64)];
  expect(clipIdOf("spk_1", audio)).toMatch(/^clp_[0-9a-z]{26}$/);
  expect(clipIdOf("spk_1", audio)).toBe(clipIdOf("spk_1", audio));
  expect(new Set([clipIdOf("spk_1", audio), clipIdOf("spk_2", audio), clipIdOf("spk_1", other)]).size).toBe(
    3,
  );
});

test("dropClip keeps a listed clip", async () => {
  const { services, uid, place } = await withAnn();
  const never = async () => {
    throw new RangeError("removed");
  };
  await dropClip(
    {
      speakers: { ...services.speakers, removeClip: never },
      clips: { ...services.clips, remove: never },
    },
    place,
  );
  expect(await traces(services, uid)).toEqual({ items: 2, audio: 2 });
});

test("an enrollment restores a clip that was removed between its write and its commit", async () => {
  const { services, uid, place } = await withAnn();
  await deleteClip(services, { ...named(services, "ann"), clipId: place.clipId });
  const speakers = {
    ...services.speakers,
    put: async (speaker: Speaker) => {
      await dropClip(services, place);
      await services.speakers.put(speaker);
    },
  };
  expect(await slugOf(enrollTakes({ ...services, speakers }, "ann", 1))).toBe("done");
  expect((await stored(services, "ann")).clips).toHaveLength(2);
  expect(await traces(services, uid)).toEqual({ items: 2, audio: 2 });
});

test("a deletion restores a clip that was enrolled again meanwhile", async () => {
  const { services, uid, place } = await withAnn();
  let enrolled = false;
  const speakers = {
    ...services.speakers,
    removeClip: async (...args: Parameters<typeof services.speakers.removeClip>) => {
      if (!enrolled) {
        enrolled = true;
        await enrollTakes(services, "ann", 1);
      }
      await services.speakers.removeClip(...args);
    },
  };
  await deleteClip({ ...services, speakers }, { ...named(services, "ann"), clipId: place.clipId });
  expect((await stored(services, "ann")).clips.map((clip) => clip.clipId)).toContain(place.clipId);
  expect(await traces(services, uid)).toEqual({ items: 2, audio: 2 });
});

test("a clip restored while its speaker is erased does not remain", async () => {
  const { services, uid, place } = await withAnn();
  await deleteClip(services, { ...named(services, "ann"), clipId: place.clipId });
  let puts = 0;
  const racing = {
    ...services,
    speakers: {
      ...services.speakers,
      put: async (speaker: Speaker) => {
        await dropClip(services, place);
        await services.speakers.put(speaker);
      },
    },
    clips: {
      ...services.clips,
      put: async (...args: Parameters<typeof services.clips.put>) => {
        puts += 1;
        if (puts === 2) await eraseSpeaker(services, named(services, "ann"));
        return services.clips.put(...args);
      },
    },
  };
  await enrollTakes(racing, "ann", 1);
  expect(puts).toBe(2);
  expect(await traces(services, uid)).toEqual({ items: 0, audio: 0 });
});

test("reads the enrolled version of an overwritten recording, and the latest one if that is gone", async () => {
  const opened = await testServices();
  const services = { ...opened, clips: versionedClips() };
  const { clips, speaker } = await enrollTakes(services, "ann", 1);
  const { registryId } = services;
  const place = placeOf(services, speaker.uid, clips[0].id);
  const item = await services.speakers.getClip(registryId, speaker.uid, place.clipId);
  const enrolled = await services.clips.get(registryId, speaker.uid, place.clipId);
  if (!item || !enrolled) throw new RangeError("not enrolled");
  await services.clips.put(registryId, speaker.uid, place.clipId, new Uint8Array(9));
  const read = async () => {
    const { bytes } = await storedRecording(services, { ...named(services, "ann"), clipId: place.clipId });
    return Buffer.compare(bytes, enrolled);
  };
  expect(await read()).toBe(0);

  await services.speakers.putClip({ ...item, audioVersion: "gone" });
  await expect(read()).rejects.toThrow(/is not what was enrolled/);
  await services.clips.put(registryId, speaker.uid, place.clipId, enrolled);
  expect(await read()).toBe(0);
});
