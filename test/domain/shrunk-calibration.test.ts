import { expect, test } from "vitest";
import { calibrate } from "../../lib/domain/calibration/calibrate.ts";
import { verify } from "../../lib/domain/decision/verify.ts";
import type { Calibration } from "../../lib/score/scoring/types.ts";
import { fakeCalibration } from "../support/fake-cohort.ts";
import { fakeClip, fakeEmbedder } from "../support/fake-embedder.ts";
import { fakeModelData } from "../support/fake-world.ts";
import { type TestServices, testServices } from "../support/services.ts";
import { enrollTakes, named } from "./asking.ts";

const embedder = fakeEmbedder();
const counts = { genuineTrials: 100, impostorTrials: 3000 };
/** The model's calibration: cosines, with thresholds on likelihood ratios, for both bands. */
const BUNDLED: Calibration = {
  ...fakeCalibration(embedder.model),
  method: "cosine",
  tables: (["wide", "telephone"] as const).map((bandwidth) => ({
    ...{ method: "cosine", bucket: "any", bandwidth, thresholdsOn: "llr" },
    llr: { slope: 15, offset: -7 },
    points: [
      { far: 0.01, threshold: 3, frr: 0.1, ...counts },
      { far: 0.05, threshold: 1.5, frr: 0.05, ...counts },
    ],
  })),
};

async function withSpeakers(count: number): Promise<TestServices> {
  const bundle = { ...fakeModelData(embedder), calibrations: { bundled: async () => BUNDLED } };
  const services = await testServices({ bundle });
  for (let i = 0; i < count; i++) await enrollTakes(services, `voice-${i}`, 4);
  return services;
}

const ask = (services: TestServices, voice: string) =>
  verify(services, { ...named(services, "voice-3"), clip: fakeClip(`voice=${voice} take=9`) });

test("a calibration of few speakers starts from the model's, and decides on its likelihood ratios", async () => {
  const services = await withSpeakers(14);
  const { registryId } = services;
  const { calibration } = await calibrate(services, { registryId, activate: true });
  expect(calibration.method).toBe("cosine");
  expect(calibration.source).toMatch(/^14 enrolled speakers: .*; starts from cal_/);
  const [wide, telephone] = calibration.tables.filter(({ thresholdsOn }) => thresholdsOn === "llr");
  expect(wide.llr).not.toEqual(BUNDLED.tables[0].llr);
  expect(wide.points[0].measured?.far.speakers).toBe(14);
  // Nobody called, so calls keep the model's thresholds.
  expect(telephone).toEqual(BUNDLED.tables[1]);
  const own = await ask(services, "voice-3");
  expect(own).toMatchObject({
    decision: "accept",
    calibrationSource: "own",
    threshold: { method: "cosine" },
  });
  const { score, threshold } = own;
  const { slope, offset } = wide.llr;
  expect(slope * (threshold?.value ?? Number.NaN) + offset).toBeCloseTo(wide.points[0].threshold, 9);
  expect(score?.value).toBeGreaterThan(threshold?.value ?? Number.NaN);
  expect((await ask(services, "stranger")).decision).toBe("reject");
});

test("thirty speakers are enough to do without the model's", async () => {
  const services = await withSpeakers(30);
  const { calibration } = await calibrate(services, { registryId: services.registryId });
  expect(calibration.tables.some(({ thresholdsOn }) => thresholdsOn === "llr")).toBe(false);
});
