import { expect, test } from "vitest";
import { compare } from "../../lib/domain/decision/compare.ts";
import { identify } from "../../lib/domain/decision/identify.ts";
import { verify } from "../../lib/domain/decision/verify.ts";
import { fakeClip } from "../support/fake-embedder.ts";
import { testServices } from "../support/services.ts";
import { enrollTakes, enrollText, named } from "./asking.ts";

/**
 * Services with a model that has no cohort and no calibration, such as a published ONNX file alone.
 */
const unmeasured = () => testServices({ measured: false });
const COSINE_ONLY = { method: "cosine", asNorm: null, llr: null, normalized: false };

test("verify returns the cosine, and is inconclusive without thresholds", async () => {
  const services = await unmeasured();
  await enrollTakes(services, "ann", 4);
  for (const clip of ["voice=ann take=9", "voice=max take=1"].map(fakeClip)) {
    for (const more of [{}, { far: 0.5, mayLoosen: true }, { method: "as-norm" as const }]) {
      const reply = await verify(services, { ...named(services, "ann"), clip, ...more });
      expect(reply).toMatchObject({
        decision: "inconclusive",
        reasons: ["not_calibrated"],
        band: "none",
        score: COSINE_ONLY,
        threshold: null,
      });
      expect(reply.score?.value).toBe(reply.score?.cosine);
    }
  }
});

test("reports too little speech before the missing calibration", async () => {
  const services = await unmeasured();
  await enrollTakes(services, "ann", 4);
  const reply = await verify(services, { ...named(services, "ann"), clip: fakeClip("voice=ann seconds=0") });
  expect(reply).toMatchObject({ decision: "inconclusive", reasons: ["no_speech"], score: null });
});

test("identify ranks by cosine, and is inconclusive", async () => {
  const services = await unmeasured();
  for (const name of ["ann", "bob", "eve"]) await enrollTakes(services, name, 4);
  const { registry } = services;
  const reply = await identify(services, { registry, clip: fakeClip("voice=bob take=9") });
  expect(reply).toMatchObject({
    decision: "inconclusive",
    reasons: ["not_calibrated"],
    searched: 3,
    threshold: null,
  });
  expect(reply.candidates[0]).toMatchObject({ speaker: "bob", band: "none", score: COSINE_ONLY });
  const [first, second] = reply.candidates.map((one) => one.score.value);
  expect(reply.margin).toBe(first - second);
});

test("compare returns the cosine, and is inconclusive", async () => {
  const services = await unmeasured();
  const { registry } = services;
  const [clipA, clipB] = ["voice=ann take=1", "voice=ann take=2"].map(fakeClip);
  expect(await compare(services, { registry, clipA, clipB })).toMatchObject({
    decision: "inconclusive",
    reasons: ["not_calibrated"],
    score: COSINE_ONLY,
  });
});

test("enroll reports no similar speakers and rejects no clip by score, but still rejects a copy", async () => {
  const services = await unmeasured();
  await enrollTakes(services, "ann", 2);
  const other = await enrollText(services, "ann", ["voice=max take=1"]);
  expect(other.clips[0]).toMatchObject({ similarSpeakers: [], warnings: [] });
  await expect(enrollText(services, "ann", ["voice=ann take=1"])).rejects.toMatchObject({
    slug: "duplicate-clip",
  });
});
