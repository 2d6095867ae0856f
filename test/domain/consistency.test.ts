import { expect, test } from "vitest";
import type { EnrollClip } from "../../lib/domain/enrollment/clips.ts";
import { refuseInconsistent } from "../../lib/domain/enrollment/consistency.ts";
import { newSpeaker } from "../../lib/domain/speaker/new-speaker.ts";
import type { SpeakerId } from "../../lib/id.ts";
import { toFixed } from "../../lib/score/scoring/fixed-point.ts";
import type { Calibration, ConsistencyPoint } from "../../lib/score/scoring/types.ts";
import { fakeCalibration, fakeCohort } from "../support/fake-cohort.ts";
import { fakeClip, fakeEmbedder } from "../support/fake-embedder.ts";
import { fakeModelData } from "../support/fake-world.ts";
import { testServices } from "../support/services.ts";
import { enrollText, refusal, slugOf } from "./asking.ts";

const measured = (rate: number) => ({
  rate,
  trials: 1000,
  speakers: 60,
  effectiveTrials: 500,
  low: 0,
  high: 1,
  clopperPearson: { low: 0, high: 1 },
});

function limit(clips: number, threshold: number): ConsistencyPoint {
  const rates = { far: measured(0.0101), frr: measured(0.123) };
  return { bandwidth: "wide", clips, threshold, measured: rates };
}

const embedder = fakeEmbedder();
const withLimits = (points: readonly ConsistencyPoint[]): Calibration => ({
  ...fakeCalibration(embedder.model),
  consistency: { far: 0.01, points },
});

const services = (points: readonly ConsistencyPoint[]) =>
  testServices({
    bundle: { ...fakeModelData(embedder), calibrations: { bundled: async () => withLimits(points) } },
  });

test("the limit for the number of enrolled clips decides, and the error states how often it is wrong", async () => {
  const stage = await services([limit(1, -100), limit(2, 100)]);
  expect(await slugOf(enrollText(stage, "ann", ["voice=ann take=1", "voice=max take=1"]))).toBe("done");
  const refused = await refusal(enrollText(stage, "ann", ["voice=ann take=2"]));
  expect(refused).toMatchObject({ slug: "enrollment-inconsistent" });
  expect((refused as Error).message).toContain(
    "This check passes 1 % of other people's clips and rejects 12 % of the speaker's own",
  );
  expect(await slugOf(enrollText(stage, "ann", ["voice=ann take=2"], { force: true }))).toBe("done");
});

test("without a limit for the bandwidth, the likelihood ratio decides", async () => {
  const stage = await services([limit(1, 100)]);
  const calls = ["voice=ann take=1 band=telephone", "voice=ann take=2 band=telephone"];
  expect(await slugOf(enrollText(stage, "ann", calls))).toBe("done");
  expect(await slugOf(enrollText(stage, "ann", ["voice=max take=1 band=telephone"]))).toBe(
    "enrollment-inconsistent",
  );
});

async function clipOf(text: string): Promise<EnrollClip> {
  const input = fakeClip(text);
  const { embedding, quality, audioSha256 } = await embedder.embed(input);
  if (!embedding) throw new RangeError(text);
  return { input, quality, audioSha256, embedding, warnings: [] };
}

test("an own calibration keeps the model's limits, whatever its method, but another cohort does not", async () => {
  const stage = await services([]);
  const [first, second] = await Promise.all(["voice=ann take=1", "voice=ann take=2"].map(clipOf));
  const fresh = newSpeaker(stage, { registryId: stage.registryId, speakerId: "ann" as SpeakerId });
  const { speechSeconds, bandwidth } = first.quality;
  const listed = { clipId: "clp_1", audioSha256: first.audioSha256, speechSeconds, bandwidth } as const;
  const speaker = { ...fresh, sum: Float64Array.from(toFixed(first.embedding)), clips: [listed] };
  const bundled = withLimits([limit(1, 100)]);
  const cohort = fakeCohort(embedder.model);
  const own: Calibration = { ...fakeCalibration(embedder.model), id: "cal_own" };
  const check = (setup: Parameters<typeof refuseInconsistent>[0]) => () =>
    refuseInconsistent(setup, bundled, speaker, [second]);
  expect(check({ cohort, calibration: own })).toThrow("does not sound like");
  expect(check({ cohort, calibration: { ...own, method: "cosine" } })).toThrow("does not sound like");
  const other = { ...cohort, id: "coh_other" } as const;
  expect(check({ cohort: other, calibration: { ...own, cohortId: other.id } })).not.toThrow();
});
