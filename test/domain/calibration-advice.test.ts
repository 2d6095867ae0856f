import { expect, test } from "vitest";
import { calibrationAdvice } from "../../lib/domain/calibration/advice.ts";
import { calibrate } from "../../lib/domain/calibration/calibrate.ts";
import { activateCalibration } from "../../lib/domain/calibration/calibration.ts";
import { verify } from "../../lib/domain/decision/verify.ts";
import { fakeClip } from "../support/fake-embedder.ts";
import { type TestServices, testServices } from "../support/services.ts";
import { enrollTakes, named } from "./asking.ts";

const ask = (services: TestServices) =>
  verify(services, { ...named(services, "voice-0"), clip: fakeClip("voice=voice-0 take=9") });

test("advice counts the speakers with two clips until there are enough for a first calibration", async () => {
  const services = await testServices();
  const { registryId } = services;
  await enrollTakes(services, "single", 1);
  for (let i = 0; i < 3; i++) await enrollTakes(services, `voice-${i}`, 2);
  const few = await calibrationAdvice(services, { registryId });
  expect(few).toMatchObject({ usableSpeakers: 3, neededSpeakers: 20, clipsEach: 3 });
  expect(few?.text).toMatch(/17 more speakers with 3 clips/);
  for (let i = 3; i < 21; i++) await enrollTakes(services, `voice-${i}`, 2);
  const enough = await calibrationAdvice(services, { registryId });
  expect(enough).toMatchObject({ usableSpeakers: 20 });
  expect(enough?.text).toMatch(/enough voices/);
});

test("an own calibration ends the advice and the warning, and the model's brings them back", async () => {
  const services = await testServices();
  const { registryId } = services;
  for (let i = 0; i < 14; i++) await enrollTakes(services, `voice-${i}`, 4);
  const warning = "thresholds-not-of-your-voices";
  expect(await ask(services)).toMatchObject({ calibrationSource: "bundled", warnings: [warning] });
  await calibrate(services, { registryId, activate: true });
  expect(await ask(services)).toMatchObject({ calibrationSource: "own", warnings: [] });
  expect(await calibrationAdvice(services, { registryId })).toBeNull();
  await activateCalibration(services, { registryId, calibration: "bundled" });
  expect(await ask(services)).toMatchObject({ calibrationSource: "bundled", warnings: [warning] });
  expect(await calibrationAdvice(services, { registryId })).not.toBeNull();
});
