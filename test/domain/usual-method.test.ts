import { expect, test } from "vitest";
import { activateCalibration } from "../../lib/domain/calibration/calibration.ts";
import { fitCalibration } from "../../lib/domain/calibration/fit.ts";
import { explainDecision } from "../../lib/domain/decision/explain.ts";
import { identify } from "../../lib/domain/decision/identify.ts";
import { verify } from "../../lib/domain/decision/verify.ts";
import { fakeClip } from "../support/fake-embedder.ts";
import { testServices } from "../support/services.ts";
import { enrollTakes, named } from "./asking.ts";

test("a calibration with method cosine decides and ranks by cosines unless the request names a method", async () => {
  const services = await testServices();
  const { registry, registryId } = services;
  for (let i = 0; i < 14; i++) await enrollTakes(services, `voice-${i}`, 4);
  const clip = fakeClip("voice=voice-3 take=9");
  const ask = (method?: "as-norm") => verify(services, { ...named(services, "voice-3"), clip, method });
  const before = await ask();
  expect(before.score?.method).toBe("as-norm");

  const { record } = await fitCalibration(services, { registryId });
  const calibration = { ...record.calibration, id: "cal_plain", method: "cosine" } as const;
  await services.calibrations.put({ ...record, calibration });
  await activateCalibration(services, { registryId, calibration: "cal_plain" });

  const after = await ask();
  expect(after).toMatchObject({ decision: "accept", score: { method: "cosine", normalized: false } });
  expect(after.score?.value).toBe(after.score?.cosine);
  expect(after.threshold?.method).toBe("cosine");
  expect((await ask("as-norm")).score).toMatchObject({ method: "as-norm", value: before.score?.value });

  const found = await identify(services, { registry, clip, limit: 10 });
  expect(found).toMatchObject({ decision: "match", threshold: { method: "cosine" } });
  const cosines = found.candidates.map(({ score }) => score.cosine);
  expect(cosines).toEqual(cosines.toSorted((a, b) => b - a));
  expect(found.margin).toBe(cosines[0] - cosines[1]);

  // The decision was scored by AS-Norm; the explanation uses the cosine stored with it.
  const { decisionId } = before;
  const { now } = await explainDecision(services, { registryId, decisionId });
  expect(now.again).toMatchObject({ decision: "accept", threshold: { method: "cosine" } });
});
