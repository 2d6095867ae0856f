import { expect, test } from "vitest";
import { enroll } from "../../lib/domain/enrollment/enroll.ts";
import { eraseSpeaker } from "../../lib/domain/speaker/erase.ts";
import { optOut } from "../../lib/domain/speaker/opt-out.ts";
import { AppError } from "../../lib/error.ts";
import type { SpeakerStore } from "../../lib/ports/speaker.ts";
import { fakeClip } from "../support/fake-embedder.ts";
import { type TestServices, testServices } from "../support/services.ts";
import { enrollTakes, named, recomputed, refusal, slugOf, stored, traces } from "./asking.ts";

/** Services that call `put` in place of writing the speaker's row, and pass it the write. */
function before(services: TestServices, put: (write: () => Promise<void>) => Promise<void>): TestServices {
  const speakers: SpeakerStore = {
    ...services.speakers,
    put: (speaker) => put(() => services.speakers.put(speaker)),
  };
  return { ...services, speakers };
}

const lost = async () => {
  throw new AppError("write-contention", "Another writer was first.");
};

test("64 parallel enrollments count each recording once, answer correctly and leave nothing behind", async () => {
  const services = await testServices();
  const takes = Array.from({ length: 64 }, (_, i) => i % 40);
  const answers = await Promise.all(takes.map((take) => slugOf(enrollTakes(services, "ann", 1, take))));
  const speaker = await stored(services, "ann");
  expect(answers.filter((slug) => slug === "done")).toHaveLength(40);
  expect(answers.filter((slug) => slug === "duplicate-clip")).toHaveLength(24);
  expect(new Set(speaker.clips.map((clip) => clip.audioSha256)).size).toBe(40);
  expect(speaker.version).toBe(40);
  expect(speaker.sum).toEqual(await recomputed(services, speaker));
  expect(await traces(services, speaker.uid)).toEqual({ items: 40, audio: 40 });
  expect(await services.clips.list(services.registryId)).toHaveLength(40);
});

test("parallel enrollments never exceed the clip limit", async () => {
  const services = await testServices();
  for (const first of [0, 10, 20, 30]) await enrollTakes(services, "ann", 10, first);
  const answers = await Promise.all(
    Array.from({ length: 16 }, (_, i) => slugOf(enrollTakes(services, "ann", 1, 100 + i))),
  );
  expect(answers.filter((slug) => slug === "done")).toHaveLength(10);
  expect(answers.filter((slug) => slug === "clip-limit-reached")).toHaveLength(6);
  const { clips, uid } = await stored(services, "ann");
  expect(clips).toHaveLength(50);
  expect(await traces(services, uid)).toEqual({ items: 50, audio: 50 });
});

test("gives write-contention after 12 conflicts; the clip was embedded once and is removed", async () => {
  const services = await testServices();
  await enrollTakes(services, "ann", 1);
  let [rounds, embedCalls] = [0, 0];
  const contended = before(services, async () => {
    rounds += 1;
    await lost();
  });
  const { model, ...embedder } = services.embedder;
  const embed: typeof embedder.embed = (clip, options) => {
    embedCalls += 1;
    return services.embedder.embed(clip, options);
  };
  const enrollment = enrollTakes({ ...contended, embedder: { ...embedder, model, embed } }, "ann", 1, 2);
  expect(await refusal(enrollment)).toMatchObject({ slug: "write-contention", retryAfterSeconds: 1 });
  expect([rounds, embedCalls]).toEqual([12, 1]);
  expect(await traces(services, (await stored(services, "ann")).uid)).toEqual({ items: 1, audio: 1 });
});

test("waits a random time between attempts, below a bound that doubles up to a second", async () => {
  const services = await testServices();
  const waits: number[] = [];
  const clock = { ...services.clock, sleep: async (ms: number) => void waits.push(ms) };
  const random = { ...services.random, unit: () => 0.5 };
  await slugOf(enrollTakes({ ...before(services, lost), clock, random }, "ann", 1));
  expect(waits).toEqual([10, 20, 40, 80, 160, 320, 500, 500, 500, 500, 500]);
});

test("an enrollment does not bring back a speaker erased meanwhile", async () => {
  const services = await testServices();
  const { speaker } = await enrollTakes(services, "ann", 1);
  const racing = before(services, async (write) => {
    await eraseSpeaker(services, named(services, "ann"));
    await write();
  });
  expect(await slugOf(enrollTakes(racing, "ann", 1, 2))).toBe("speaker-not-found");
  expect(await services.speakers.get(services.registryId, named(services, "ann").speakerId)).toBeUndefined();
  expect(await traces(services, speaker.uid)).toEqual({ items: 0, audio: 0 });
});

test("an enrollment does not add to a speaker that was created again under the id", async () => {
  const services = await testServices();
  await enrollTakes(services, "ann", 1);
  let done = false;
  const racing = before(services, async (write) => {
    if (!done) {
      done = true;
      await eraseSpeaker(services, named(services, "ann"));
      await enrollTakes(services, "ann", 1, 3);
    }
    await write();
  });
  expect(await slugOf(enrollTakes(racing, "ann", 1, 2))).toBe("speaker-not-found");
  expect((await stored(services, "ann")).clips).toHaveLength(1);
  expect(await services.clips.list(services.registryId)).toHaveLength(1);
});

test("an enrollment does not recreate a speaker that it saw appear and vanish", async () => {
  const services = await testServices();
  let round = 0;
  const racing = before(services, async (write) => {
    round += 1;
    if (round === 1) await enrollTakes(services, "ann", 1, 3);
    if (round === 2) await eraseSpeaker(services, named(services, "ann"));
    await write();
  });
  expect(await slugOf(enrollTakes(racing, "ann", 1, 2))).toBe("speaker-not-found");
  expect(await services.speakers.get(services.registryId, named(services, "ann").speakerId)).toBeUndefined();
  expect(await services.clips.list(services.registryId)).toEqual([]);
});

test("an enrollment that loses to an opt-out leaves no voice data behind", async () => {
  const services = await testServices();
  const racing = before(services, async (write) => {
    await optOut(services, named(services, "ann"));
    await write();
  });
  expect(await slugOf(enrollTakes(racing, "ann", 1))).toBe("speaker-opted-out");
  expect(await stored(services, "ann")).toMatchObject({ optedOut: true, clips: [] });
  expect(await services.clips.list(services.registryId)).toEqual([]);
});

test("of two parallel first enrollments, the second adds to the speaker of the first", async () => {
  const services = await testServices();
  let done = false;
  const racing = before(services, async (write) => {
    if (!done) {
      done = true;
      await enrollTakes(services, "ann", 1, 2);
    }
    await write();
  });
  expect(await enrollTakes(racing, "ann", 1, 1)).toMatchObject({ created: false, speaker: { clips: 2 } });
  const { uid } = await stored(services, "ann");
  expect(await services.clips.list(services.registryId)).toMatchObject([{ uid }, { uid }]);
});

test("a duplicate found late keeps the winner's clip and removes its own other clips", async () => {
  const services = await testServices();
  await enrollTakes(services, "ann", 1);
  let done = false;
  const racing = before(services, async (write) => {
    if (!done) {
      done = true;
      await enrollTakes(services, "ann", 1, 2);
    }
    await write();
  });
  const clips = [3, 2].map((take) => fakeClip(`voice=ann take=${take}`));
  expect(await slugOf(enroll(racing, { ...named(services, "ann"), clips }))).toBe("duplicate-clip");
  const speaker = await stored(services, "ann");
  expect(speaker.clips).toHaveLength(2);
  expect(speaker.sum).toEqual(await recomputed(services, speaker));
  expect(await traces(services, speaker.uid)).toEqual({ items: 2, audio: 2 });
});
