import { expect, test } from "vitest";
import { trends } from "../../lib/domain/decision/trends.ts";
import { verify } from "../../lib/domain/decision/verify.ts";
import { parseSpeakerId } from "../../lib/id.ts";
import { quantile } from "../../lib/score/rates/quantile.ts";
import { fakeClip } from "../support/fake-embedder.ts";
import { type TestServices, testServices } from "../support/services.ts";
import { enrollTakes, named, set } from "./asking.ts";

const DAY = 86_400;
const ask = (services: TestServices, speaker: string, clip: string) =>
  verify(services, { ...named(services, speaker), clip: fakeClip(clip) });

/**
 * Twelve weeks of four verifications of five speakers. In the last five, `aging` sounds less like
 * before.
 */
async function history(): Promise<TestServices> {
  const services = await testServices();
  await set(services, { replayDays: 0, guessing: { rejects: 0, speakerRejects: 0 } });
  const speakers = ["aging", "ben", "cleo", "dora", "emil"];
  for (const name of speakers) await enrollTakes(services, name, 4);
  for (let week = 0; week < 12; week++) {
    for (const name of speakers) {
      const old = name === "aging" && week >= 7 ? " like=aging mix=0.9" : "";
      await ask(services, name, `voice=${old ? "aged" : name} take=${50 + week}${old}`);
    }
    services.clock.advance(7 * DAY);
  }
  return services;
}

test("a speaker whose five latest accepts are below the registry's lower tenth should be enrolled again", async () => {
  const services = await history();
  const [{ registry }, speakerId] = [named(services, "aging"), parseSpeakerId("aging")];
  const found = await trends(services, { registry, speakerId });
  expect(found.reEnrollmentAdvised).toEqual(["aging"]);
  expect(found.looked).toBe(60);
  const cosines = found.speaker?.map(({ cosine }) => cosine) ?? [];
  expect(cosines).toHaveLength(12);
  expect(Math.max(...cosines.slice(-5))).toBeLessThan(found.lowerTenth ?? 0);
  await ask(services, "aging", "voice=aging take=99");
  expect((await trends(services, { registry })).reEnrollmentAdvised).toEqual([]);
});

test("verifications are counted by weeks that begin on Monday", async () => {
  const services = await history();
  await ask(services, "ben", "voice=cleo take=1");
  await ask(services, "ben", "voice=ben take=1 seconds=0.2");
  const { weeks, speaker } = await trends(services, named(services, "ben"));
  expect(speaker).toHaveLength(12);
  expect(weeks).toHaveLength(13);
  expect(weeks.map(({ from }) => new Date(from).getUTCDay())).toEqual(weeks.map(() => 1));
  expect(weeks[0]).toMatchObject({ accepted: 5, rejected: 0, inconclusive: 0, rejectedCosine: null });
  expect(weeks.at(-1)).toMatchObject({ accepted: 0, rejected: 1, inconclusive: 1, acceptedCosine: null });
  const { low = 0, median = 0, high = 0 } = weeks[3]?.acceptedCosine ?? {};
  expect(low).toBeLessThanOrEqual(median);
  expect(median).toBeLessThanOrEqual(high);
});

test("with few accepted verifications nobody is advised", async () => {
  const services = await testServices();
  await enrollTakes(services, "ann", 4);
  for (let take = 50; take < 60; take++) await ask(services, "ann", `voice=ann take=${take}`);
  const { registry } = named(services, "ann");
  expect(await trends(services, { registry })).toMatchObject({ lowerTenth: null, reEnrollmentAdvised: [] });
  const nobody = trends(services, { registry, speakerId: parseSpeakerId("nobody") });
  await expect(nobody).rejects.toMatchObject({ slug: "speaker-not-found" });
});

test("a quantile lies between its neighbors", () => {
  expect([0, 0.1, 0.5, 1].map((p) => quantile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], p))).toEqual([
    1, 2, 6, 11,
  ]);
  expect(quantile([1, 2], 0.25)).toBe(1.25);
  expect(quantile([3], 0.9)).toBe(3);
});
