import { expect, test } from "vitest";
import { compare } from "../../lib/domain/decision/compare.ts";
import { resetSpeaker } from "../../lib/domain/speaker/erase.ts";
import { optOut } from "../../lib/domain/speaker/opt-out.ts";
import { fakeCalibration } from "../support/fake-cohort.ts";
import { fakeClip, fakeEmbedder } from "../support/fake-embedder.ts";
import { openTestServices, testServices } from "../support/services.ts";
import {
  enrollTakes,
  enrollText,
  named,
  recomputed,
  refusal,
  set,
  slugOf,
  stored,
  traces,
} from "./asking.ts";

test("the first clip creates the speaker; net speech determines when it is enrolled", async () => {
  const services = await testServices();
  const first = await enrollText(services, "ann", ["voice=ann take=1 seconds=12.5"], { name: "Ann" });
  expect(first).toMatchObject({
    created: true,
    speaker: { id: "ann", status: "enrolling", clips: 1, remainingSpeechSeconds: 7.5, cohesion: null },
  });
  const second = await enrollText(services, "ann", ["voice=ann take=2 seconds=7.5"]);
  expect(second).toMatchObject({
    created: false,
    speaker: { name: "Ann", status: "enrolled", clips: 2, speechSeconds: 20, remainingSpeechSeconds: 0 },
  });
  expect(second.speaker.uid).toBe(first.speaker.uid);
  expect(second.speaker.version).toBe(2);
});

test("cohesion is the mean cosine of the clips to the voiceprint", async () => {
  const services = await testServices();
  const { speaker } = await enrollTakes(services, "ann", 3);
  const { sum, clips } = await stored(services, "ann");
  const length = Math.hypot(...sum);
  let cosines = 0;
  for (const { clipId } of clips) {
    const item = await services.speakers.getClip(services.registryId, speaker.uid, clipId);
    const embedding = Array.from(item?.embedding ?? []);
    cosines += embedding.reduce((dot, x, i) => dot + x * sum[i], 0) / (length * Math.hypot(...embedding));
  }
  expect(speaker.cohesion).toBeCloseTo(cosines / 3, 6);
});

test("stores the exact sum of the clips and the statistics of the voiceprint", async () => {
  const services = await testServices();
  await enrollTakes(services, "ann", 2);
  await enrollTakes(services, "ann", 2, 3);
  const speaker = await stored(services, "ann");
  expect(speaker.sum).toEqual(await recomputed(services, speaker));
  expect(speaker.stats?.cohortId).toBe("coh_fake");
  expect(await traces(services, speaker.uid)).toEqual({ items: 4, audio: 4 });
});

test.each([
  ["audio-no-speech", "voice=ann seconds=0"],
  ["audio-too-short", "voice=ann seconds=1.9"],
  ["audio-too-short", "voice=ann seconds=0.2"],
  ["audio-low-quality", "voice=ann clipped=0.11"],
  ["audio-low-quality", "voice=ann snr=1.9"],
  ["audio-undecodable", "<html>"],
])("%s for %s, and nothing is stored of the whole request", async (slug, text) => {
  const services = await testServices();
  expect(await slugOf(enrollText(services, "ann", ["voice=ann take=7", text]))).toBe(slug);
  expect(await services.speakers.get(services.registryId, named(services, "ann").speakerId)).toBeUndefined();
  expect(await services.clips.list(services.registryId)).toEqual([]);
});

test("accepts clips at the limits of quality and duration", async () => {
  const services = await testServices();
  const texts = ["seconds=2", "clipped=0.1", "snr=2", "snr=none"].map(
    (bound, i) => `voice=ann take=${i} ${bound}`,
  );
  expect((await enrollText(services, "ann", texts)).speaker.clips).toBe(4);
});

test("an error names the clip, its net speech and the needed speech", async () => {
  const services = await testServices();
  const texts = ["voice=ann take=1", "voice=ann take=2 seconds=1.24"];
  const { message } = await refusal(enrollText(services, "ann", texts));
  expect(message).toBe("Clip 2 of 2: The clip has 1.2 s of net speech and needs 2 s.");
});

test("warns about two voices in a clip, or rejects it if the registry's settings say so", async () => {
  const services = await testServices();
  const mixed = "voice=ann with=max take=1 seconds=12";
  const reply = await enrollText(services, "ann", [mixed, "voice=ann take=2 seconds=12"]);
  expect(reply.clips.map((clip) => clip.warnings)).toEqual([["multiple-speakers-suspected"], []]);
  await set(services, { refuseMultipleSpeakers: true });
  expect(await slugOf(enrollText(services, "max", [mixed]))).toBe("audio-multiple-speakers");
});

test("enrolls audio with a level under -60 dB with a warning", async () => {
  const services = await testServices();
  const reply = await enrollText(services, "ann", ["voice=ann level=-60.1", "voice=ann take=2 level=-60"]);
  expect(reply.clips.map(({ warnings, quality }) => [warnings, quality.levelDb])).toEqual([
    [["too-quiet"], -60.1],
    [[], -60],
  ]);
});

test("enrolls telephone audio with a warning", async () => {
  const services = await testServices();
  const { clips } = await enrollText(services, "ann", ["voice=ann band=telephone"]);
  expect(clips[0]).toMatchObject({ warnings: ["narrow-band"], quality: { bandwidth: "telephone" } });
});

test("requires consent for the first enrollment only", async () => {
  const services = await testServices();
  await set(services, { consentRequired: true });
  expect(await slugOf(enrollTakes(services, "ann", 1))).toBe("consent-required");
  await enrollText(services, "ann", ["voice=ann take=1"], { consent: "form-17" });
  await enrollTakes(services, "ann", 1, 2);
  expect(await stored(services, "ann")).toMatchObject({ consent: "form-17", version: 2 });
});

test("rejects an opted-out speaker", async () => {
  const services = await testServices();
  await optOut(services, named(services, "ann"));
  expect(await slugOf(enrollTakes(services, "ann", 1))).toBe("speaker-opted-out");
});

test("rejects a voiceprint of another model until the speaker is reset", async () => {
  const old = await openTestServices({ embedder: fakeEmbedder("old-model") });
  await enrollTakes(old, "ann", 1);
  const services = await openTestServices({ folder: old.folder });
  expect(await slugOf(enrollTakes(services, "ann", 1, 2))).toBe("model-mismatch");
  await resetSpeaker(services, named(services, "ann"));
  expect((await enrollTakes(services, "ann", 1, 2)).speaker).toMatchObject({ clips: 1, version: 3 });
  await services.close();
  await old.close();
});

test.each([
  ["listed already", ["voice=ann take=1"]],
  ["twice in the request", ["voice=ann take=8", "voice=ann take=8"]],
  ["a copy of a stored clip", ["voice=ann take=2 noise=0.5001"]],
  ["a copy within the request", ["voice=ann take=9", "voice=ann take=9 noise=0.5001"]],
])("rejects a repeated recording: %s", async (_, texts) => {
  const services = await testServices();
  await enrollTakes(services, "ann", 2);
  expect(await slugOf(enrollText(services, "ann", texts))).toBe("duplicate-clip");
  const speaker = await stored(services, "ann");
  expect(speaker.clips).toHaveLength(2);
  expect(await traces(services, speaker.uid)).toEqual({ items: 2, audio: 2 });
});

test("accepts fifty clips and rejects the 51st", async () => {
  const services = await testServices();
  for (let first = 1; first <= 41; first += 10) await enrollTakes(services, "ann", 10, first);
  expect(await slugOf(enrollTakes(services, "ann", 1, 51))).toBe("clip-limit-reached");
  expect((await stored(services, "ann")).clips).toHaveLength(50);
});

test("rejects a clip of another voice, within a request too, unless forced", async () => {
  const services = await testServices();
  await enrollTakes(services, "ann", 2);
  expect(await slugOf(enrollText(services, "ann", ["voice=max take=1"]))).toBe("enrollment-inconsistent");
  expect(await slugOf(enrollText(services, "eve", ["voice=eve", "voice=max take=1"]))).toBe(
    "enrollment-inconsistent",
  );
  expect(await slugOf(enrollText(services, "ann", ["voice=max take=1"], { force: true }))).toBe("done");
});

test("accepts an unusual clip with a low likelihood ratio if few impostors score as high", async () => {
  const services = await testServices();
  const { registry } = services;
  await enrollTakes(services, "ann", 1);
  const unusual = "voice=hoarse like=ann mix=0.4 take=1";
  const clips = ["voice=ann take=1", unusual].map(fakeClip);
  const { score } = await compare(services, {
    registry,
    clipA: clips[0],
    clipB: clips[1],
    far: 0.05,
    mayLoosen: true,
  });
  expect(score?.llr).toBeLessThan(-Math.log(10));
  const loose = fakeCalibration(services.embedder.model).tables.find((table) => table.method === "as-norm");
  expect(score?.value).toBeGreaterThan(loose?.points.at(-2)?.threshold ?? Number.NaN);
  expect(await slugOf(enrollText(services, "ann", [unusual]))).toBe("done");
});

test("reports other ids with the same voice, but not its own id or other voices", async () => {
  const services = await testServices();
  for (const name of ["ann", "max", "eve"]) await enrollTakes(services, name, 2);
  const again = await enrollText(services, "imposter", ["voice=ann take=9"]);
  expect(again.clips[0].warnings).toEqual(["similar-to-other-speaker"]);
  expect(again.clips[0].similarSpeakers).toMatchObject([{ id: "ann" }]);
  expect(again.clips[0].similarSpeakers[0].cosine).toBeGreaterThan(0.7);
  const own = await enrollTakes(services, "max", 1, 3);
  expect(own.clips[0]).toMatchObject({ warnings: [], similarSpeakers: [] });
});

test("keeps name, metadata and consent that the enrollment does not set", async () => {
  const services = await testServices();
  await enrollText(services, "ann", ["voice=ann take=1"], { name: "Ann", metadata: { team: "a" } });
  await enrollText(services, "ann", ["voice=ann take=2"], { metadata: { team: "b" } });
  expect(await stored(services, "ann")).toMatchObject({ name: "Ann", metadata: { team: "b" } });
});
