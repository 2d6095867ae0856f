import fc from "fast-check";
import { expect, test } from "vitest";
import { dropRecordings } from "../../lib/domain/maintenance/drop-recordings.ts";
import { fsck } from "../../lib/domain/maintenance/fsck.ts";
import { rekey } from "../../lib/domain/maintenance/rekey.ts";
import { deleteClip } from "../../lib/domain/speaker/clip.ts";
import { eraseSpeaker, resetSpeaker } from "../../lib/domain/speaker/erase.ts";
import { optOut } from "../../lib/domain/speaker/opt-out.ts";
import { storedRecording } from "../../lib/domain/speaker/recording.ts";
import { keepsAudio } from "../../lib/domain/speaker/stored-clip.ts";
import type { Clip } from "../../lib/ports/speaker.ts";
import { openTestServices, type TestServices } from "../support/services.ts";
import { versionedClips } from "../support/versioned-clips.ts";
import { enrollTakes, enrollText, named, recomputed, slugOf } from "./asking.ts";
import { overtaken } from "./overtaken.ts";

const scheduled = (services: TestServices, scheduler: fc.Scheduler): TestServices => ({
  ...services,
  speakers: overtaken(services.speakers, scheduler),
  clips: overtaken(services.clips, scheduler),
});

const OPERATIONS = {
  "enroll 1": (services: TestServices) => enrollTakes(services, "ann", 1, 1),
  "enroll 2": (services: TestServices) => enrollTakes(services, "ann", 1, 2),
  "enroll 1 without audio": (services: TestServices) =>
    enrollText(services, "ann", ["voice=ann take=1"], { keepAudio: false }),
  "drop recordings": ({ registryId, ...services }: TestServices) => dropRecordings(services, { registryId }),
  "delete 1": async (services: TestServices) => {
    const clip = (await services.speakers.get(services.registryId, named(services, "ann").speakerId))
      ?.clips[0];
    if (clip) await deleteClip(services, { ...named(services, "ann"), clipId: clip.clipId });
  },
  reset: (services: TestServices) => resetSpeaker(services, named(services, "ann")),
  erase: (services: TestServices) => eraseSpeaker(services, named(services, "ann")),
  "opt out": (services: TestServices) => optOut(services, named(services, "ann")),
  rekey: (services: TestServices) => rekey(services, services),
  fsck: (services: TestServices) => fsck(services, { repair: true }),
};
type Operation = keyof typeof OPERATIONS;

const STORES = {
  "one version": (services: TestServices) => services,
  "all versions": (services: TestServices) => ({ ...services, clips: versionedClips() }),
};

test.each(Object.entries(STORES))(
  "a listed clip keeps its item and audio under any interleaving, and nothing else remains: %s",
  async (_name, keeping) => {
    const operation = fc.constantFrom(...(Object.keys(OPERATIONS) as Operation[]));
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(operation, { minLength: 1, maxLength: 3 }),
        async (scheduler, others) => {
          const services = keeping(await openTestServices());
          await enrollTakes(services, "ann", 2);
          const racing = scheduled(services, scheduler);
          const operations = (["delete 1", "enroll 1", ...others] as const).map((one) =>
            slugOf(OPERATIONS[one](racing)),
          );
          await scheduler.waitFor(Promise.all(operations));
          await expectWhole(services);
          await services.close();
        },
      ),
      { numRuns: 100, seed: 20261124 },
    );
  },
);

async function expectWhole(services: TestServices): Promise<void> {
  const speaker = await services.speakers.get(services.registryId, named(services, "ann").speakerId);
  const clips = speaker?.clips ?? [];
  const listed = clips.map((clip) => clip.clipId).sort();
  const kept = clips
    .filter(keepsAudio)
    .map((clip) => clip.clipId)
    .sort();
  const audio = await services.clips.list(services.registryId);
  expect(audio).toEqual(kept.map((clipId) => ({ uid: speaker?.uid, clipId })));
  const items = await itemsOf(services, speaker?.uid);
  expect(items.map(({ clipId }) => clipId)).toEqual(listed);
  if (speaker) expect(speaker.sum).toEqual(await recomputed(services, speaker));
  for (const clipId of kept) await storedRecording(services, { ...named(services, "ann"), clipId });
  for (const { registryId, uid, clipId, audioVersion } of items.filter((one) => kept.includes(one.clipId)))
    expect(await services.clips.get(registryId, uid, clipId, audioVersion)).toBeDefined();
}

const itemsOf = async (services: TestServices, uid: Clip["uid"] | undefined): Promise<readonly Clip[]> =>
  uid ? services.speakers.clips(services.registryId, uid) : [];

test("any sequence of enrollments and deletions leaves exactly the sum of the clips", async () => {
  const step = fc.record({ enroll: fc.boolean(), which: fc.nat(9) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
      const services = await openTestServices();
      for (const { enroll, which } of steps) {
        const ann = named(services, "ann");
        const clips = (await services.speakers.get(ann.registryId, ann.speakerId))?.clips ?? [];
        if (enroll || clips.length === 0) await slugOf(enrollTakes(services, "ann", 1, which));
        else await deleteClip(services, { ...ann, clipId: clips[which % clips.length].clipId });
        await expectWhole(services);
      }
      await services.close();
    }),
    { numRuns: 25, seed: 20261124 },
  );
});
